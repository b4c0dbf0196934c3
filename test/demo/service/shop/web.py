"""The shop as a WSGI application that speaks JSON."""

import json
import re
from urllib.parse import parse_qs

from shop import catalogue, refunds
from shop.cart import Carts, OutOfStock
from shop.pricing import BadCoupon

CARTS = Carts()
ORDERS = {}
ROUTES = []


class BadRequest(ValueError):
    pass


def route(method, pattern):
    def register(handler):
        ROUTES.append((method, re.compile(pattern + "$"), handler))
        return handler

    return register


@route("GET", "/products")
def products(query, body):
    found = catalogue.search(query.get("q", ""), query.get("tag"), query.get("sort", "name"))
    return 200, [describe(product) for product in found]


@route("GET", "/products/([a-z0-9-]+)")
def product(query, body, sku):
    return 200, describe(catalogue.find(sku))


@route("POST", "/carts")
def open_cart(query, body):
    return 201, {"cart": CARTS.open()}


@route("POST", r"/carts/(\d+)/items")
def add_item(query, body, number):
    cart = CARTS.get(int(number))
    if "sku" not in body:
        raise BadRequest("which product?")
    cart.add(body["sku"], int(body.get("count", 1)))
    return 200, {"items": cart.counts}


@route("PUT", r"/carts/(\d+)/coupon")
def set_coupon(query, body, number):
    cart = CARTS.get(int(number))
    before, cart.coupon = cart.coupon, body.get("coupon")
    try:
        return 200, cart.quote()
    except BadCoupon:
        cart.coupon = before
        raise


@route("POST", r"/carts/(\d+)/checkout")
def checkout(query, body, number):
    cart = CARTS.get(int(number))
    if not cart.counts:
        raise BadRequest("the cart is empty")
    order = {"number": len(ORDERS) + 1, **cart.quote(body.get("country", "DE"))}
    ORDERS[order["number"]] = order
    CARTS.close(int(number))
    return 201, order


@route("POST", r"/orders/(\d+)/refund")
def refund(query, body, number):
    order = ORDERS.get(int(number))
    if order is None:
        raise catalogue.NotFound(f"there is no order {number}")
    return 200, refunds.refund(order, int(body.get("days", 0)), body.get("opened", False))


def describe(product):
    return {
        "sku": product.sku,
        "name": product.name,
        "price": str(product.price),
        "available": product.stock > 0,
    }


def dispatch(method, path, query, body):
    matching = [(verb, handler, pattern.match(path)) for verb, pattern, handler in ROUTES]
    found = {verb: (handler, match) for verb, handler, match in matching if match}
    if not found:
        return 404, {"error": f"there is nothing at {path}"}
    if method not in found:
        return 405, {"error": f"{path} takes {', '.join(found)}"}
    handler, match = found[method]
    return handler(query, body, *match.groups())


def respond(environ):
    query = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    try:
        body = read_body(environ)
        return dispatch(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, body)
    except catalogue.NotFound as error:
        return 404, {"error": str(error)}
    except OutOfStock as error:
        return 409, {"error": str(error)}
    except (BadRequest, BadCoupon) as error:
        return 400, {"error": str(error)}


def read_body(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not length:
        return {}
    try:
        return json.loads(environ["wsgi.input"].read(length))
    except ValueError:
        raise BadRequest("that is no JSON") from None


REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
}


def application(environ, start_response):
    status, content = respond(environ)
    payload = json.dumps(content).encode()
    start_response(
        f"{status} {REASONS[status]}",
        [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))],
    )
    return [payload]
