def f(a): return a + 1; print("never")
def g(
): return 1
x = 1; y = 2; z = (
    3
)
if x: y = 3; z = 4
else: y = 5
for i in range(2): x += i; y += i
try: x = 1
except ValueError: x = 2
finally: y = 3
class C: a = 1; b = 2
with open(__file__) as file: file.readline(); file.readline()
f(1); g()
lambdas = [lambda: 1, lambda: 2,
           lambda: 3]
lambdas[0](); lambdas[2]()
def default(a=[
    1,
    2,
], b=lambda: (
    3
)): return b()
default()
s = '''
multi
''' + "x" \
    + "y"
if x:

    # a comment with a gap

    y = 1

else:
    # only a comment and a pass
    pass
def doc_only():
    "doc"
def doc_and_code():
    "doc"; return 1
doc_and_code()
	
def after_a_form_feed():
    return 1
after_a_form_feed()
if 1:
    constant_true = 1
else:
    constant_false = 1
if not __debug__:
    optimised = 1
def unreachable():
    return 1
    x = 2
    for y in x:
        print(y)
unreachable()
def raises():
    raise ValueError; x = 1
try:
    raises()
except ValueError as e: print(e)
def infinite():
    while True:
        break
    while 1:
        return 1
infinite()
def constant_branches(a):
    if True and a:
        return 1
    if a or False:
        return 2
    if "text":
        return 3
    return 4
constant_branches(0)
def nothing(): # pragma: no cover
    return 1
def partly(a):
    if a:  # pragma: no cover
        return 1
    return 2
partly(0)
def global_and_nonlocal():
    global x
    import os.path as p, sys
    from os import path
    del p
    return path
global_and_nonlocal()
for k, v in {
    1: 2,
}.items():
    pass
assert x, \
    y
print("é", "日本", "d" if 0 else "")
