#!/bin/sh
# In the child's place: says as its title how many variables it was given, besides the shell's own.
count=$(env | grep -vc '^PWD=\|^SHLVL=\|^_=\|^OLDPWD=')
echo "{\"document\":{\"kind\":\"text\",\"title\":\"$count\",\"sections\":[],\"warnings\":[]}}"
