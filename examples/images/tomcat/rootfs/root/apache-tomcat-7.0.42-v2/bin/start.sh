#!/bin/sh
# The server takes the shell's place, so that it is who gets the container's signals.
export CATALINA_HOME=/root/apache-tomcat-7.0.42-v2
exec "$CATALINA_HOME/bin/catalina" run
