# A host that no schedule of `any` or `expr=` concerns, beside hosts with one: it pays for none of
# them, and a request for such a host over its connections is decided and recorded all the same.
use strict;
use warnings;
use lib 't/lib', 't/bench';
use Test::More;
use Callgrind;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

my $SCHEDULES = join '', map { "<TlsGateSchedule $_->[0]>\nTlsGateDeprecate $_->[1]\nTlsGateAnnounce 2018-06-01T00:00Z\n</TlsGateSchedule>\n" }
    [legacy => 'TLSv1'], [retired => 'any'], [agent => '"expr=%{HTTP_USER_AGENT} =~ m#^Java/#"'], [kx => 'kx=RSA'], [plain => 'cleartext unknown'];

sub vhost { my ($name, $conf) = @_; return "<VirtualHost *:\@tls\@>\nServerName $name.example.com\nSSLEngine on\n$conf</VirtualHost>\n" }

my $BESIDE = vhost('retired', "TlsGate retired\n") . vhost('agent', "TlsGate agent\n") . vhost('kx', "TlsGate kx\n")
    . vhost('location', "<Location /x>\nTlsGate retired\n</Location>\n") . vhost('open', "TlsGate off\n");

# --- what is decided and recorded

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z', modules => ['http2'], mpm => 'event',
    tolerates => [qr/http2:warn\] h2_stream\(\S+,CLEANUP\): /], conf =>
    "Listen 127.0.0.1:\@tls\@\nProtocols h2 http/1.1\n$SCHEDULES TlsGateLog logs/tlsgate.ndjson\n" . vhost('calm', "TlsGate legacy\n") . $BESIDE);
$h->start;

my $curl = grep { -x "$_/curl" } split(/:/, $ENV{PATH});
my $NUMBER = 0;

sub curl {
    my ($tls, $sni, $host, $path) = @_;
    my $port = $h->port;
    return `curl -sk -o /dev/null --http2 --tlsv1.2 -w '%{http_version} %{http_code}' -A Java/1.6 --resolve $sni.example.com:$port:127.0.0.1 -H 'Host: $host.example.com' https://$sni.example.com:$port$path`;
}

# The line about a request on its own connection; undef if there is none.
sub line_of {
    my ($how, $sni, $host, $path) = @_;
    my $url = $path . "?n=" . ++$NUMBER;
    my $known = () = $h->sightings;
    if ($how eq 'h2') { is(curl($how, $sni, $host, $url), '2 404', "curl: SNI $sni, Host $host") }
    else {
        ask(port => $h->port, tls => $how, sni => $sni && "$sni.example.com", host => "$host.example.com", path => $url,
            headers => ["User-Agent: Java/1.6"], ciphers => $how eq 'TLSv1.2' ? 'AES128-SHA' : 'DEFAULT');
    }
    # A line of a later request says that there is none of this one.
    ask(port => $h->port, tls => 'TLSv1.3', sni => 'retired.example.com', path => '/mark');
    $h->wait_until(sub { grep { $_->{url}{path} eq '/mark' } added($known) });
    return (grep { $_->{url}{path} ne '/mark' } added($known))[0];
}

sub added { my ($known) = @_; my @all = $h->sightings; return @all[$known .. $#all]; }

# over what, SNI, Host, path, the schedule that decides, and whether what was offered is known: it is kept for hosts
# that want it, and where the hello names none.
for (
    ['TLSv1.3', 'calm',    'calm',     '/y', undef,     0],
    ['TLSv1.3', 'calm',    'retired',  '/y', 'retired', 0],
    ['TLSv1.3', 'calm',    'agent',    '/y', 'agent',   0],
    ['TLSv1.3', 'calm',    'location', '/x', 'retired', 0],
    ['TLSv1.3', 'calm',    'location', '/y', undef,     0],
    ['TLSv1.3', 'calm',    'open',     '/y', undef,     0],
    ['TLSv1.3', 'retired', 'calm',     '/y', undef,     1],
    ['TLSv1.3', 'retired', 'retired',  '/y', 'retired', 1],
    ['TLSv1.3', 'agent',   'agent',    '/y', 'agent',   1],
    ['TLSv1.3', 'location','location', '/x', 'retired', 1],
    ['TLSv1.3', undef,     'retired',  '/y', 'retired', 1],
    ['TLSv1.3', undef,     'agent',    '/y', 'agent',   1],
    ['TLSv1.2', 'calm',    'kx',       '/y', 'kx',      0],
    ['TLSv1.2', 'calm',    'calm',     '/y', undef,     0],
    ['TLSv1.2', 'kx',      'kx',       '/y', 'kx',      1],
    ['TLSv1.2', undef,     'kx',       '/y', 'kx',      1],
    ['TLSv1',   'calm',    'calm',     '/y', 'legacy',  1],
    ['TLSv1',   'retired', 'calm',     '/y', 'legacy',  1],
    ['TLSv1',   'open',    'calm',     '/y', 'legacy',  1],
    ['TLSv1',   undef,     'calm',     '/y', 'legacy',  1],
    $curl ? (
    ['h2',      'calm',    'calm',     '/y', undef,     0],
    ['h2',      'calm',    'retired',  '/y', 'retired', 0],
    ['h2',      'retired', 'calm',     '/y', undef,     1],
    ['h2',      'retired', 'retired',  '/y', 'retired', 1],
    ) : (),
) {
    my ($how, $sni, $host, $path, $schedule, $offered) = @$_;
    my $what = "$how, SNI " . ($sni // 'none') . ", Host $host, $path";
    my $line = line_of($how, $sni, $host, $path);
    is($line && $line->{tlsgate}{schedule}, $schedule, "$what: " . ($schedule // 'not deprecated')) or next;
    next unless $line;
    is($line->{tls}{client}{server_name}, $sni && "$sni.example.com", "$what: the server name is recorded");
    ok($line->{tls}{cipher}, "$what: the cipher is");
    is(($line->{tls}{client}{ja4} ? 1 : 0) . ($line->{tlsgate}{client_hello} ? 1 : 0), $offered x 2, "$what: what was offered is" . ($offered ? '' : ' not'));
}
$h->finish_ok;

# --- what it costs, in instructions of the module

SKIP: {
    my $valgrind = grep { -x "$_/valgrind" } split(/:/, $ENV{PATH});
    skip('there is no valgrind', 1) unless $valgrind;
    skip('valgrind does not go with AddressSanitizer', 1) if $ENV{ASAN_OPTIONS};

    my @HOOKS = qw(tg_gate_translate tg_gate_post_perdir tg_gate_before_handler);
    my $server = sub {
        my ($conf, $sni, @toggle) = @_;
        my $s = TlsGate::Httpd->new(mpm => 'prefork', conf => "Listen 127.0.0.1:\@tls\@\nMaxKeepAliveRequests 0\n$SCHEDULES$conf");
        return Callgrind->start(command => [$s->command('-X')], env => { $s->_environment }, port => $s->port, tls => 'TLSv1.3',
            sni => "$sni.example.com", toggle => \@toggle, dump => 'ap_process_connection', keeps => $s);
    };
    my $calm = vhost('calm', "TlsGate legacy\n");
    my $alone = $server->($calm . vhost('legacy', "TlsGate legacy\n"), 'calm', @HOOKS)->per_request(200);
    my $shared = $server->($calm . $BESIDE, 'calm', @HOOKS);
    my $beside = $shared->per_request(200);
    is($beside, $alone, "a request costs what it costs beside no such host: $alone");
    $shared->{sni} = 'retired.example.com';
    my $concerned = $shared->per_request(200);
    cmp_ok($concerned, '>', 10 * $alone, "one for such a host costs $concerned");

    my $offering = $server->($calm . $BESIDE, 'calm', 'tg_offer_make');
    for (['calm', 0], ['retired', 1], ['agent', 1], ['kx', 1], ['open', 0]) {
        my ($sni, $kept) = @$_;
        $offering->{sni} = "$sni.example.com";
        my $made = Callgrind::total($offering->profile(1, 200)) > 0 ? 1 : 0;
        is($made, $kept, "$sni: what the client offers is " . ($kept ? 'kept' : 'not'));
    }
}
done_testing;
