"""How httpbin is served. In a file: what an older gunicorn lacks would be an error on its command line."""

bind = "0.0.0.0:8080"
workers = 2
worker_tmp_dir = "/dev/shm"  # writable also where the root file system is not
control_socket_disable = True  # it would want a home to be in
