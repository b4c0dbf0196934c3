"""Carts, and what becomes of them."""

import itertools
import threading

from shop import catalogue, pricing


class OutOfStock(Exception):
    pass


class Cart:
    def __init__(self):
        self.counts = {}
        self.coupon = None

    def add(self, sku, count=1):
        product = catalogue.find(sku)
        wanted = self.counts.get(sku, 0) + count
        if wanted > product.stock:
            raise OutOfStock(f"{product.name}: {product.stock} left")
        if wanted <= 0:
            self.counts.pop(sku, None)
        else:
            self.counts[sku] = wanted

    def quote(self, country="DE"):
        lines = [(catalogue.find(sku).price, count) for sku, count in self.counts.items()]
        return pricing.total(lines, self.coupon, country)


class Carts:
    """All of them, in memory."""

    def __init__(self):
        self._lock = threading.Lock()
        self._carts = {}
        self._numbers = itertools.count(1)

    def open(self):
        with self._lock:
            number = next(self._numbers)
            self._carts[number] = Cart()
            return number

    def get(self, number):
        try:
            return self._carts[number]
        except KeyError:
            raise catalogue.NotFound(f"there is no cart {number}") from None

    def close(self, number):
        with self._lock:
            return self._carts.pop(number, None)
