#!/bin/sh
# In the place of a child whose library never ends.
while :; do :; done
