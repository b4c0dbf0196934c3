# Written by `pyca install`, and taken out by `pyca uninstall`, which brings back what was here before.
# platform_coverage_agent.pth comes first; this is for a site-packages on PYTHONPATH, whose .pth nobody reads.
try:
    _run = __import__("platform_coverage_agent").sitecustomize
except Exception:
    pass
else:
    _run(globals())
