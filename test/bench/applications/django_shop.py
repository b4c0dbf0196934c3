"""A small Django application in one file, and requests to it in process: a template, JSON, the ORM, a 404."""

import json

import django
import pyperf
from django.conf import settings
from django.db import connection, models
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path

PAGE = """<!doctype html><title>{{ title }}</title>
<ul>{% for product in products %}
<li class="{% cycle 'odd' 'even' %}">{{ product.name|title }}: {{ product.price }}</li>
{% endfor %}</ul>
"""
PRODUCTS = [{"id": number, "name": f"product {number}", "price": number * 7 % 100} for number in range(30)]

LOADER = (
    "django.template.loaders.cached.Loader",
    [("django.template.loaders.locmem.Loader", {"index.html": PAGE})],
)

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [LOADER]},
        }
    ],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", __name__ + ".authenticate"],
    LOGGING_CONFIG=None,
)
django.setup()


class Order(models.Model):
    """What was bought."""

    name = models.CharField(max_length=40)
    total = models.IntegerField()

    class Meta:  # noqa: D106
        app_label = "shop"


def authenticate(get_response):
    """Refuse those who say they are nobody."""

    def middleware(request):
        user = request.headers.get("X-User", "guest")
        if user == "nobody":
            return JsonResponse({}, status=403)
        return get_response(request)

    return middleware


def discounted(product, percent):
    """Return a product's price after a discount."""
    price = product["price"]
    if price > 50:
        price -= price * percent // 100
    elif price > 20:
        price -= 1
    return price


def index(request):
    """Render a page of products."""
    return render(request, "index.html", {"title": "Shop", "products": PRODUCTS})


def product(_request, number):
    """Tell of one product."""
    if number >= len(PRODUCTS):
        raise Http404
    found = PRODUCTS[number]
    return JsonResponse({**found, "price": discounted(found, 10)})


def cart(request):
    """Sum up a cart, and keep the order."""
    total = 0
    for number in json.loads(request.body)["products"]:
        total += discounted(PRODUCTS[number], 20)
    order = Order.objects.create(name="cart", total=total)
    known = Order.objects.filter(total__gte=total).count()
    order.delete()
    return JsonResponse({"total": total, "known": known})


urlpatterns = [path("", index), path("api/products/<int:number>", product), path("api/cart", cart)]


def requests(client):
    """Ask for everything once."""
    client.get("/")
    client.get("/api/products/3")
    client.get("/api/products/99")
    client.post("/api/cart", {"products": [1, 2, 3, 5, 8, 13, 21]}, content_type="application/json")


def main():
    """Serve eight rounds of requests in each loop."""
    with connection.schema_editor() as editor:
        editor.create_model(Order)
    client = Client()

    def rounds():
        for _ in range(8):
            requests(client)

    pyperf.Runner().bench_func("django", rounds)
