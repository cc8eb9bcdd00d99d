# Machines for tests: network namespaces, each with a link to this one.
package TlsGate::Netns;

use strict;
use warnings;

use TlsGate::Etcd;

my $OWNER = $$;
my @made;

sub _run { my (@command) = @_; return system("@command >/dev/null 2>&1") == 0 }

# As many as asked for: each with its `name`, its own `address`, and `here`, ours on its link. None
# where they are not permitted.
sub make {
    my ($count) = @_;
    return if $> || !TlsGate::Etcd::in_path('ip') || !TlsGate::Etcd::in_path('nsenter');
    # What a test that was killed has left; their links go with them.
    for my $name (map { m{/(tlsgate-(\d+)-\d+)$} && !-d "/proc/$2" ? $1 : () } glob('/run/netns/tlsgate-*')) { _run("ip netns del $name") }
    my $net = '198.18.' . $$ % 256; # for tests of networks: RFC 2544
    for my $i (0 .. $count - 1) {
        my ($name, $link) = ("tlsgate-$$-$i", 'tg' . $$ % 100000 . "n$i");
        my ($here, $there) = map { "$net." . (4 * $i + $_) } 1, 2;
        push @made, { name => $name, here => $here, address => $there, link => $link };
        _run("ip netns add $name && ip link add $link type veth peer name eth0 netns $name"
            . " && ip addr add $here/30 dev $link && ip link set $link up"
            . " && ip -n $name addr add $there/30 dev eth0 && ip -n $name link set eth0 up && ip -n $name link set lo up")
            or return clear();
    }
    return @made;
}

# The command that runs another one there.
sub enter { my ($machine) = @_; return ('nsenter', "--net=/run/netns/$machine->{name}") }

sub clear {
    for my $m (splice @made) { _run("ip link del $m->{link}"); _run("ip netns del $m->{name}") }
    return;
}

END { local $?; clear() if $$ == $OWNER }

1;
