#!/bin/sh
# Runs a command, and all that comes of it, in a process and a mount namespace of its own, and in the network that this
# script is started in. When the command ends, or this script is killed, everything in there ends; then what it leaves
# outside, its directory and its control groups, is removed. What was left by one that could not do that is removed too.
#
# usage: contain.sh DIRECTORY ADDRESS COMMAND...
#   DIRECTORY  is made, and is added to the command as its last argument; its name is the name of the control groups
#   ADDRESS    the node's IPv4 address
directory=$1
address=$2
shift 2

# The control groups of a directory: one, or (version 1) one for each controller.
groups_of() {
  findmnt -rno TARGET -t cgroup,cgroup2 | sed "s|\$|/$(basename "$1")|"
}

remove() {
  rm -rf "$1"
  for group in $(groups_of "$1"); do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} +
  done
  rm -f "$1.lock"
}

# Whoever has a directory in use holds its lock: this script, and all that comes of it. What was killed may take some
# time to end, and is waited for.
for lock in "$(dirname "$directory")"/metricgate-*.lock; do
  [ ! -e "$lock" ] || (flock --timeout 10 8 && remove "${lock%.lock}") 8<"$lock" &
done

mkdir -p "$(dirname "$directory")"
exec 9>"$directory.lock"
flock 9
mkdir -p "$directory" $(groups_of "$directory")
setpriv --pdeathsig KILL unshare --pid --mount --fork --kill-child --mount-proc \
  sh "$(dirname "$0")/namespace.sh" "$directory" "$address" "$@" "$directory"
status=$?
remove "$directory"
exit $status
