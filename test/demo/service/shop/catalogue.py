"""What the shop sells."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: Decimal
    tags: tuple
    stock: int


PRODUCTS = {
    product.sku: product
    for product in (
        Product("tea-001", "Assam, loose leaf", Decimal("8.50"), ("tea", "black"), 40),
        Product("tea-002", "Sencha", Decimal("11.20"), ("tea", "green"), 12),
        Product("tea-003", "Lapsang souchong", Decimal("9.90"), ("tea", "black", "smoked"), 0),
        Product("cup-001", "Porcelain cup", Decimal("14.00"), ("cup",), 25),
        Product("pot-001", "Cast iron pot, 0.8 l", Decimal("49.00"), ("pot",), 3),
    )
}


class NotFound(LookupError):
    pass


def find(sku):
    try:
        return PRODUCTS[sku]
    except KeyError:
        raise NotFound(f"there is no product {sku}") from None


def search(text="", tag=None, sort="name"):
    found = [p for p in PRODUCTS.values() if text.lower() in p.name.lower()]
    if tag:
        found = [p for p in found if tag in p.tags]
    if sort == "price":
        found.sort(key=lambda p: p.price)
    elif sort == "stock":
        found.sort(key=lambda p: -p.stock)
    else:
        found.sort(key=lambda p: p.name)
    return found
