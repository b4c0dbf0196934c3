"""A small Flask application, and requests to it in process: a template, JSON, a form, a 404."""

import pyperf
from flask import Flask, abort, jsonify, render_template, request
from jinja2 import DictLoader

PAGE = """<!doctype html><title>{{ title }}</title>
<ul>{% for product in products %}
<li class="{{ loop.cycle('odd', 'even') }}">{{ product.name|title }}: {{ product.price }}</li>
{% endfor %}</ul>
"""
PRODUCTS = [{"id": number, "name": f"product {number}", "price": number * 7 % 100} for number in range(30)]

app = Flask(__name__)
app.jinja_loader = DictLoader({"index.html": PAGE})


def discounted(product, percent):
    """Return a product's price after a discount."""
    price = product["price"]
    if price > 50:
        price -= price * percent // 100
    elif price > 20:
        price -= 1
    return price


@app.before_request
def authenticate():
    """Refuse those who say they are nobody."""
    user = request.headers.get("X-User", "guest")
    if user == "nobody":
        abort(403)


@app.route("/")
def index():
    """Render a page of products."""
    return render_template("index.html", title="Shop", products=PRODUCTS)


@app.route("/api/products/<int:number>")
def product(number):
    """Tell of one product."""
    if number >= len(PRODUCTS):
        abort(404)
    found = PRODUCTS[number]
    return jsonify({**found, "price": discounted(found, 10)})


@app.route("/api/cart", methods=["POST"])
def cart():
    """Sum up a cart."""
    total = 0
    for number in request.get_json()["products"]:
        total += discounted(PRODUCTS[number], 20)
    return jsonify(total=total)


def requests(client):
    """Ask for everything once."""
    for response in (
        client.get("/"),
        client.get("/api/products/3"),
        client.get("/api/products/99"),
        client.post("/api/cart", json={"products": [1, 2, 3, 5, 8, 13, 21]}),
    ):
        response.get_data()


def main():
    """Serve eight rounds of requests in each loop."""
    client = app.test_client()

    def rounds():
        for _ in range(8):
            requests(client)

    pyperf.Runner().bench_func("flask", rounds)
