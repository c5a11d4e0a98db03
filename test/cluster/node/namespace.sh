#!/bin/sh
# The first process in the namespaces of a node: makes them a place from where nothing of the machine is changed, runs a
# command, and reaps the processes that lose their parents. Its end is the end of all processes in there.
#
# usage: namespace.sh DIRECTORY ADDRESS COMMAND...
#   DIRECTORY  is in a folder of the cache, which alone is shared with the machine
#   ADDRESS    the node's IPv4 address
set -e
cache=$(dirname "$(dirname "$1")")
address=$2
shift 2

# kubelet passes mounts on to pods, so they spread from here on; but not to the machine.
mount --make-rprivate /
mount --make-rshared /
mount -t tmpfs tmpfs /run

# containerd, its network plugins and kubelet write to places below /var that cannot be chosen.
mkdir -p /run/var/changes /run/var/work /run/shared
mount --bind "$cache" /run/shared
mount -t overlay overlay -o lowerdir=/var,upperdir=/run/var/changes,workdir=/run/var/work /var
mount --bind /run/shared "$cache"

# kubelet sets these for the whole machine: it gets copies to write to.
for setting in kernel/keys/root_maxbytes kernel/keys/root_maxkeys kernel/panic kernel/panic_on_oops \
  vm/overcommit_memory vm/panic_on_oom; do
  copy=/run/sysctl/$setting
  mkdir -p "$(dirname "$copy")"
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

# The node has an address, and a default route that leads nowhere: the kernel looks for a route before it translates
# the address of a Service. A bridge without ports stands for the network card.
ip link set lo up
ip link add node0 type bridge
ip address add "$address/24" dev node0
ip link set node0 up
ip route add default dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

"$@" &
wait $!
