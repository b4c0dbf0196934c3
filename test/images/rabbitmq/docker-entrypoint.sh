#!/bin/bash
# As the official image: root hands its folders and the process to the user rabbitmq; anyone else runs as he is.
set -e
if [ "$(id -u)" = 0 ] && [[ $1 == rabbitmq* ]]; then
  chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
  exec setpriv --reuid rabbitmq --regid rabbitmq --clear-groups "$0" "$@"
fi
cookie=$HOME/.erlang.cookie
if [ -n "$RABBITMQ_ERLANG_COOKIE" ] && [ ! -e "$cookie" ]; then
  (umask 077 && echo "$RABBITMQ_ERLANG_COOKIE" >"$cookie")
fi
exec "$@"
