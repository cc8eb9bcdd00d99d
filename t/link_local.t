# A client with a link-local address: the zone, which is an interface of this machine, is nowhere in
# what is stored, shown and decided by. In a network of its own, where such an address can be made.
use strict;
use warnings;
use lib 't/lib';
use Digest::SHA qw(sha256_hex);
use IO::Socket::IP;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;
use TlsGate::State qw(exempt);

if (!$ENV{TLSGATE_LINK_LOCAL}) {
    my @inside = ('unshare', ($> == 0 ? '-n' : '-rn'), '--', 'sh', '-c');
    my $prepare = 'ip link set lo up && ip -6 addr add fe80::77/64 dev lo nodad';
    plan skip_all => 'no network of its own can be made here' if system(@inside, "{ $prepare; } >/dev/null 2>&1");
    $ENV{TLSGATE_LINK_LOCAL} = 1;
    exec(@inside, "{ $prepare; } && exec \"\$0\" \"\$@\"", $^X, $0) or die "unshare: $!\n";
}

my $h = TlsGate::Httpd->new(conf => <<'CONF');
Listen [::]:@full@
Listen [::]:@truncate@
Listen [::]:@hash@
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy
TlsGateState $DIR/state/state.json
Header always set X-Client "%{TLSGATE_CLIENT}e"
<Location /tlsverification>
    SetHandler tlsgate-verify
</Location>
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
<VirtualHost *:@full@>
    TlsGateLog logs/full
</VirtualHost>
<VirtualHost *:@truncate@>
    TlsGatePrivacy ip=truncate
    TlsGateLog logs/truncate
</VirtualHost>
<VirtualHost *:@hash@>
    TlsGatePrivacy ip=hash
    TlsGateLog logs/hash
</VirtualHost>
CONF
my $state = TlsGate::State->new($h, sub { request('full', '/') });
$h->start;

sub request {
    my ($port, $path) = @_;
    my $s = IO::Socket::IP->new(PeerHost => 'fe80::77%lo', PeerPort => $h->port($port), Timeout => 120)
        or die "fe80::77: $@\n";
    return ask(on => $s, path => $path);
}
sub last_line { my ($log) = @_; return ($h->sightings("logs/$log"))[-1] }

# privacy, client.ip, tlsgate.client
for (
    [ 'full',     'fe80::77', 'ip:fe80::77' ],
    [ 'truncate', 'fe80::', 'ip:fe80::' ],
    [ 'hash',     undef,      'ip:sha256:' . substr(sha256_hex('fe80::77'), 0, 32) ],
) {
    my ($privacy, $ip, $client) = @$_;
    my $r = request($privacy, '/');
    is($r->{headers}{'x-client'}, $client, "$privacy: TLSGATE_CLIENT");
    $r = request($privacy, '/tlsverification');
    is(json_of($r)->{client}, $client, "$privacy: the page");
    $h->wait_sightings(2, "logs/$privacy");
    is_deeply([ last_line($privacy)->{client}{ip}, last_line($privacy)->{tlsgate}{client} ], [ $ip, $client ], "$privacy: the log");
}
is(request('full', '/rejected')->{status}, 403, 'the client is not exempt');
$state->apply(exempt('legacy', 'ip:fe80::77', '2099-01-01T00:00:00Z'));
is(request('full', '/rejected')->{status}, 404, 'and is, by its address as the log has it');
$state->apply(exempt('legacy', 'fe80::/64', '2099-01-01T00:00:00Z'));
is(request('full', '/rejected')->{status}, 404, 'and by its network');
$h->finish_ok;
done_testing;
