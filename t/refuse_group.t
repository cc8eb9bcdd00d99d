# Refusing the classical key exchange by date: from that second on the server has its post-quantum groups
# alone, in its own order, and no version before TLS 1.3. A client that offers such a group is
# served, also if it sent its key for another one; the others get an alert. Sessions from before
# are no way in. It needs an OpenSSL with such a group (3.5); one without refuses everybody.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::Stacks ();

my $HAS_MLKEM = `openssl s_client -groups X25519MLKEM768 -connect 127.0.0.1:1 2>&1` !~ /SSL_CONF_cmd/;
plan skip_all => 'the OpenSSL here has no post-quantum group' unless $HAS_MLKEM;

my ($BEFORE, $REFUSE) = ('2027-12-14T17:59:59Z', '2027-12-14T18:00:00Z');
my $HOUR_BEFORE = '2027-12-14T17:00:00Z';
# Groups are those of the host that a connection begins with, the first of its port: OpenSSL keeps them when
# mod_ssl finds another host by the server name.
my %PORT = map { ($_ => $_) } qw(classicalfirst curves keyless);
sub host { my ($name, @lines) = @_; return join("\n    ", '<VirtualHost *:@' . ($PORT{$name} // 'tls') . '@>', "ServerName $name.example.com", 'SSLEngine on', @lines) . "\n</VirtualHost>\n" }

my $SERVER = <<'CONF';
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@classicalfirst@
Listen 127.0.0.1:@curves@
Listen 127.0.0.1:@keyless@
Timeout 20000000
KeepAliveTimeout 20000000
SSLSessionCacheTimeout 86400
SSLSessionTickets on
Header always set X-Spoken "%{SSL_PROTOCOL}s %{SSL_SESSION_RESUMED}s"
TlsGateLog logs/tlsgate.ndjson
<TlsGateSchedule pq>
    TlsGateDeprecate kx=classical
    TlsGateAnnounce  2027-06-01T00:00Z
    TlsGateRefuse    2027-12-14T18:00Z
</TlsGateSchedule>
<TlsGateSchedule later>
    TlsGateDeprecate kx=classical
    TlsGateRefuse    2029-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule all>
    TlsGateDeprecate TLSv1 TLSv1.1 kx=classical kx=RSA cipher=CBC
    TlsGateRefuse    2027-12-14T18:00Z
</TlsGateSchedule>
<Location /check>
    SetHandler tlsgate-verify
</Location>
CONF

my $h = TlsGate::Httpd->new(clock => $HOUR_BEFORE, conf => $SERVER . join('',
    host('first'),
    host('pq',       'TlsGate pq'),
    host('classicalfirst', 'SSLOpenSSLConfCmd Groups X25519:SecP256r1MLKEM768:X25519MLKEM768', 'SSLHonorCipherOrder on', 'TlsGate pq'),
    host('curves',   'SSLOpenSSLConfCmd Curves X25519:X25519MLKEM768', 'TlsGate pq'),
    host('protocol', 'SSLProtocol all -SSLv3', 'TlsGate pq'),
    host('all',      'TlsGate all'),
    host('early',    'TlsGate later as=refuse'),
    host('held',     'TlsGate pq as=announced'),
    host('watched',  'TlsGate pq report-only'),
    host('keyless',  'SSLOpenSSLConfCmd Options AllowNoDHEKEX', 'TlsGate pq'),
))->start;
my $lines = 0;

sub port { my ($host) = @_; return $h->port($PORT{$host} // 'tls') }

# What a client gets: the group that was chosen, or no answer.
sub got {
    my ($host, $tls, $groups, %o) = @_;
    my $r = ask(port => port($host), tls => $tls, sni => "$host.example.com", groups => $groups, path => '/check', headers => ['Accept: application/json'], %o) or return 'no answer';
    my $page = json_of($r);
    return join(' ', $r->{status}, $page->{protocol} eq 'TLSv1.3' ? $page->{tls_group} : $page->{protocol});
}

my @ROWS = (
    # host, version, groups of the client, before the date, and from then on
    [ 'pq', 'TLSv1.3', 'X25519',                        '400 x25519',          'no answer' ],
    [ 'pq', 'TLSv1.3', 'P-256:X25519:P-384',            undef,                 'no answer' ],
    [ 'pq', 'TLSv1.2', 'X25519',                        '400 TLSv1.2',         'no answer' ],
    [ 'pq', 'TLSv1.2', 'X25519',                        '400 TLSv1.2',         'no answer', ciphers => 'AES128-SHA' ],
    [ 'pq', 'TLSv1',   undef,                           '400 TLSv1',           'no answer' ],
    [ 'pq', 'all',     'X25519',                        '400 x25519',          'no answer' ],
    [ 'pq', 'all',     'X25519MLKEM768:X25519',         '200 X25519MLKEM768',  '200 X25519MLKEM768' ],
    [ 'pq', 'TLSv1.3', 'X25519MLKEM768',                '200 X25519MLKEM768',  '200 X25519MLKEM768' ],
    [ 'pq', 'TLSv1.3', 'X25519:X25519MLKEM768',         undef,                 '200 X25519MLKEM768' ],
    [ 'classicalfirst', 'TLSv1.3', 'X25519:X25519MLKEM768:SecP256r1MLKEM768', '400 x25519', '200 SecP256r1MLKEM768' ],
    [ 'classicalfirst', 'TLSv1.3', 'X25519:MLKEM768',   '400 x25519',          'no answer' ],
    [ 'curves', 'TLSv1.3', 'X25519:X25519MLKEM768',     '400 x25519',          '200 X25519MLKEM768' ],
    [ 'curves', 'TLSv1.3', 'X25519:SecP256r1MLKEM768',  '400 x25519',          'no answer' ],
    [ 'protocol', 'TLSv1.2', 'X25519',                  '400 TLSv1.2',         'no answer' ],
    [ 'protocol', 'TLSv1.3', 'X25519MLKEM768',          '200 X25519MLKEM768',  '200 X25519MLKEM768' ],
    [ 'all', 'TLSv1.3', 'X25519MLKEM768',               '200 X25519MLKEM768',  '200 X25519MLKEM768' ],
    [ 'all', 'TLSv1.2', 'X25519',                       '400 TLSv1.2',         'no answer' ],
    [ 'all', 'TLSv1.1', 'X25519',                       '400 TLSv1.1',         'no answer' ],
    [ 'early', 'TLSv1.3', 'X25519',                     'no answer',           'no answer' ],
    [ 'early', 'TLSv1.2', 'X25519',                     'no answer',           'no answer' ],
    [ 'early', 'TLSv1.3', 'X25519MLKEM768',             '200 X25519MLKEM768',  '200 X25519MLKEM768' ],
    [ 'held', 'TLSv1.3', 'X25519',                      '400 x25519',          '400 x25519' ],
    [ 'watched', 'TLSv1.3', 'X25519',                   '400 x25519',          '400 x25519' ],
    [ 'watched', 'TLSv1.2', 'X25519',                   '400 TLSv1.2',         '400 TLSv1.2' ],
    [ 'first', 'TLSv1.3', 'X25519',                     '200 x25519',          '200 x25519' ],
    [ 'first', 'TLSv1.2', 'X25519',                     '200 TLSv1.2',         '200 TLSv1.2' ],
);
for my $side ([ $BEFORE, 3 ], [ $REFUSE, 4 ]) {
    my ($instant, $column) = @$side;
    $h->stop_clock($instant);
    for my $row (@ROWS) {
        my ($host, $tls, $groups, undef, undef, %o) = @$row;
        my $answer = got($host, $tls, $groups, %o);
        is($answer, $row->[$column], "$instant, $host: $tls with " . ($groups // 'no group') . ": $row->[$column]") if defined $row->[$column];
    }
}

# --- alerts, HelloRetryRequest, and the log -----------------------------------------------
sub facts {
    return [ map { join(' ', $_->{tlsgate}{schedule}, $_->{tlsgate}{verdict}, $_->{tlsgate}{alert} // $_->{http}{response}{status_code}, $_->{tlsgate}{cause} // '-') } @_ ];
}

$h->set_clock($HOUR_BEFORE);
is(got('pq', 'TLSv1.3', 'X25519'), '400 x25519', 'the clock goes back: served again');
ok($h->wait_until(sub { my @s = $h->sightings; @s && $s[-1]{'@timestamp'} =~ /T17:00:/ }), 'and that is the last line of the log');
$lines = () = $h->sightings;
$h->set_clock($REFUSE);
my ($X25519, $MLKEM, $P256_MLKEM) = (29, 4588, 4587);
my $source = 0;
for (
    # host, answer, line or undef, hello
    [ 'pq',    'alert 40',      'pq refuse handshake_failure old',           versions => ['TLSv1.3'], groups => [$X25519] ],
    [ 'pq',    'alert 40',      'pq refuse handshake_failure old',           versions => [qw(TLSv1.3 TLSv1.2)], groups => [$X25519] ],
    [ 'pq',    'retry TLSv1.3', undef,                                       versions => ['TLSv1.3'], groups => [ $X25519, $MLKEM ] ],
    [ 'pq',    'retry TLSv1.3', undef,                                       versions => ['TLSv1.3'], groups => [ $MLKEM, $X25519 ], key_share => 0 ],
    [ 'pq',    'alert 70',      'pq refuse protocol_version old',            groups => [$X25519] ],
    [ 'pq',    'alert 70',      'pq refuse protocol_version old',            groups => [$X25519], ciphers => [0x002F] ],
    [ 'pq',    'alert 70',      'pq refuse protocol_version old',            legacy => 'TLSv1', ciphers => [0x002F] ],
    [ 'curves', 'alert 40',     'pq refuse handshake_failure server-capped', versions => ['TLSv1.3'], groups => [ $X25519, $P256_MLKEM ] ],
    [ 'first', 'TLSv1.3',       undef,                                       versions => ['TLSv1.3'], groups => [$X25519] ],
    [ 'first', 'TLSv1.2',       undef,                                       groups => [$X25519] ],
    [ 'early', 'alert 40',      'later refuse handshake_failure old',        versions => ['TLSv1.3'], groups => [$X25519] ],
    [ 'held',  'TLSv1.3',       undef,                                       versions => ['TLSv1.3'], groups => [$X25519] ],
    [ 'all',   'alert 70',      'all refuse protocol_version old',           groups => [$X25519] ],
    [ 'pq',    'TLSv1.2',       undef,                                       groups => [$X25519], alpn => ['acme-tls/1'] ],
    [ 'pq',    'alert 40',      undef,                                       versions => ['TLSv1.3'], groups => [260], key_share => 0 ], # nobody has it
) {
    my ($host, $expected, $line, @hello) = @$_;
    my $what = "$host: " . join(' ', map { ref ? "[@$_]" : $_ } @hello);
    is(told(shake(port => port($host), from => '127.0.1.' . ++$source, sni => "$host.example.com", @hello)), $expected, "$what: $expected");
    my @new = $line ? $h->new_sightings(\$lines, 1) : ();
    is_deeply(facts(@new), [$line], "$what: $line") if $line;
}
is(scalar(() = $h->sightings), $lines, 'no line of the others');

# --- connections that stay open, and sessions from before --------------------------------
$h->stop_clock($BEFORE);
my %open = map { ($_ => connect_to(port => $h->port, tls => 'TLSv1.3', sni => 'pq.example.com', groups => $_)) } qw(X25519 X25519MLKEM768);
is(ask(on => $open{$_}, sni => 'pq.example.com')->{status}, 200, "$_: opened before the date") for sort keys %open;
$h->stop_clock($REFUSE);
is(ask(on => $open{X25519}, sni => 'pq.example.com')->{status}, 403, 'X25519: its next request is rejected');
is(ask(on => $open{X25519MLKEM768}, sni => 'pq.example.com')->{status}, 200, 'X25519MLKEM768: the next one is served');
$h->new_sightings(\$lines, 2);

# One request by s_client, which saves its session to a file, or reads it from there.
sub visit {
    my ($host, @how) = @_;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDIN, '-|', 'printf', "GET / HTTP/1.0\\r\\nHost: $host.example.com\\r\\n\\r\\n");
        open(STDERR, '>', '/dev/null');
        { exec 'openssl', 's_client', '-connect', '127.0.0.1:' . port($host), '-servername', "$host.example.com", '-ign_eof', @how }
        POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> };
    close $out;
    my ($status) = $text =~ m{^HTTP/1\.1 (\d+)}m or return 'no answer';
    return "$status " . ($text =~ /^X-Spoken: (.*?)\s*$/m)[0];
}

my @CLASSICAL = ('-groups', 'X25519');
for (
    # host, how the client comes before the date, how after it, what it gets
    [ 'pq',      [ '-tls1_2', @CLASSICAL ], [ '-tls1_2', @CLASSICAL ],                              'no answer' ],
    [ 'pq',      [ '-tls1_3', @CLASSICAL ], [ '-tls1_3', @CLASSICAL ],                              'no answer' ],
    [ 'pq',      [ '-tls1_3', @CLASSICAL ], [ '-tls1_3', '-groups', 'X25519:X25519MLKEM768' ],      '200 TLSv1.3 Resumed' ],
    [ 'keyless', [ '-tls1_3', @CLASSICAL ], [ '-tls1_3', '-allow_no_dhe_kex', @CLASSICAL ],         'no answer' ],
    [ 'keyless', [ '-tls1_3', @CLASSICAL ], [ '-tls1_3', '-allow_no_dhe_kex', '-groups', 'X25519MLKEM768' ], '200 TLSv1.3 Resumed' ],
    [ 'held',    [ '-tls1_3', @CLASSICAL ], [ '-tls1_3', @CLASSICAL ],                              '200 TLSv1.3 Resumed' ],
) {
    my ($host, $first, $then, $expected) = @$_;
    my $session = $h->dir . '/session';
    unlink $session;
    $h->set_clock($HOUR_BEFORE);
    like(visit($host, @$first, '-sess_out', $session), qr/^200 TLSv1\.\d Initial$/, "$host: a session by @$first");
    $h->set_clock($REFUSE);
    is(visit($host, @$then, '-sess_in', $session), $expected, "... and from the date on with @$then: $expected");
}
$h->finish_ok;

# --- the clients of other stacks, and every MPM ------------------------------------------
chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        $h = TlsGate::Httpd->new(mpm => $mpm, clock => $HOUR_BEFORE, conf => $SERVER . host('first') . join('', map { host($_) } keys %PORT) . host('pq', 'TlsGate pq'));
        $h->start;
        for my $stack (grep { $_->{path} && $_->{versions}{'TLSv1.3'} } TlsGate::Stacks::stacks()) {
            my %at = (port => $h->port, sni => 'pq.example.com', path => '/check', headers => ['Accept: application/json']);
            my $page = json_of(TlsGate::Stacks::ask_at($h, $BEFORE, $stack, %at, version => 'TLSv1.3'));
            my $offers = grep { /MLKEM/ } @{ $page->{given_named_groups} };
            my $then = TlsGate::Stacks::ask_at($h, $REFUSE, $stack, %at, version => 'TLSv1.3');
            is($then ? $then->{status} : 'no answer', $offers ? 200 : 'no answer', "$mpm, $stack->{name}: TLSv1.3, which offers " . ($offers ? 'a' : 'no') . ' post-quantum group');
            is(TlsGate::Stacks::ask_at($h, $REFUSE, $stack, %at, version => 'TLSv1.2'), undef, "$mpm, $stack->{name}: TLSv1.2");
        }
        ok($h->graceful, "$mpm: a graceful restart");
        is(got('pq', 'TLSv1.3', 'X25519'), 'no answer', "$mpm: a classical client after it");
        is(got('pq', 'TLSv1.3', 'X25519MLKEM768'), '200 X25519MLKEM768', "$mpm: another one");
        $h->finish_ok;
    }
}
done_testing;
