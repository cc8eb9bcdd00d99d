# Refusing a key exchange or a class of ciphers by date: from that second on the server chooses as if it had
# none of it. A client that offers something better as well ends on that in the same handshake and
# is served, in the server's own order; one that knows nothing better gets the alert
# handshake_failure. Sessions from before are no way in; what is open, reported or exempt is not refused.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::Stacks ();
use TlsGate::State qw(exempt suspend);

my ($BEFORE, $REFUSE) = ('2018-10-31T23:59:59Z', '2018-11-01T00:00:00Z');

sub schedule {
    my ($name, $traits, $refuse) = @_;
    return "<TlsGateSchedule $name>\n    TlsGateDeprecate $traits\n    TlsGateAnnounce 2018-06-01T00:00Z\n    TlsGateRefuse $refuse\n</TlsGateSchedule>\n";
}
sub host { my ($name, @lines) = @_; return join("\n    ", '<VirtualHost *:@tls@>', "ServerName $name.example.com", 'SSLEngine on', @lines) . "\n</VirtualHost>\n" }

my $SCHEDULES = join('', map { schedule(@$_, '2018-11-01T00:00Z') } [ rsa => 'kx=RSA' ], [ dhe => 'kx=DHE' ], [ cbc => 'cipher=CBC' ], [ sha1 => 'cipher=SHA1' ],
    [ old => 'TLSv1 TLSv1.1 kx=RSA' ]) . schedule('later', 'kx=RSA', '2019-11-01T00:00Z')
    . schedule('cut', 'kx=RSA', '2018-11-01T00:00Z') =~ s/(?=    TlsGateRefuse)/    TlsGateCutoff 2018-08-01T00:00Z\n/r;
my $ALL = 'SSLCipherSuite ALL:@SECLEVEL=0';

my $h = TlsGate::Httpd->new(clock => '2018-10-31T23:00:00Z', conf => <<'CONF' . $SCHEDULES . join('',
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@refusing@
Timeout 20000000
KeepAliveTimeout 20000000
SSLSessionCacheTimeout 86400
Header always set X-Spoken "%{SSL_PROTOCOL}s %{SSL_CIPHER}s %{SSL_SESSION_RESUMED}s"
TlsGateLog logs/tlsgate.ndjson
TlsGateState $DIR/state/state.json
CONF
    host('first', 'SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0', 'SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256'),
    (map { host($_, $ALL, 'SSLHonorCipherOrder off', "TlsGate $_") } qw(rsa dhe cbc sha1 old)),
    host('both',    $ALL, 'TlsGate rsa cbc'),
    host('ordered', 'SSLCipherSuite AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0', 'SSLHonorCipherOrder on', 'TlsGate rsa'),
    host('suites',  $ALL, 'SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384', 'TlsGate rsa'),
    host('level',   'SSLCipherSuite DEFAULT:@SECLEVEL=1', 'SSLProtocol all -SSLv3', 'TlsGate rsa'),
    host('cut',     $ALL, 'TlsGate cut', '<Location /check>', '    SetHandler tlsgate-verify', '</Location>'),
    host('early',   $ALL, 'TlsGate later as=refuse'),
    host('held',    $ALL, 'TlsGate rsa as=announced'),
    host('watched', $ALL, 'TlsGate rsa report-only'),
    host('free',    $ALL, 'TlsGate rsa'),
    host('tickets', $ALL, 'SSLSessionTickets on', 'TlsGate rsa'),
    host('renews',  $ALL, 'TlsGate rsa', '<Location /certificate>', '    SSLVerifyClient optional_no_ca', '</Location>',
        '<Location /static>', '    SSLCipherSuite AES128-SHA', '</Location>'),
    "<VirtualHost *:\@refusing\@>\n    SSLEngine on\n    $ALL\n    TlsGate rsa\n</VirtualHost>\n<VirtualHost *:\@refusing\@>\n    ServerName open.example.com\n    $ALL\n    SSLEngine on\n</VirtualHost>\n",
));
my $state = TlsGate::State->new($h, sub { got('watched', 'AES128-SHA') });
$h->start;
my $lines = 0;

# What a client gets: the cipher that was chosen, or no answer.
sub got {
    my ($host, $ciphers, %o) = @_;
    my $r = ask(port => $h->port, tls => 'TLSv1.2', sni => "$host.example.com", ciphers => $ciphers, %o) or return 'no answer';
    my (undef, $cipher) = split(/ /, $r->{headers}{'x-spoken'});
    return $r->{status} == 200 ? $cipher : "$r->{status} $cipher";
}

# The sightings since the last call: exactly that many.
sub facts {
    return [ map { join(' ', $_->{tlsgate}{schedule}, $_->{tlsgate}{verdict}, $_->{tlsgate}{alert} // $_->{http}{response}{status_code}, $_->{tlsgate}{cause} // '-') } @_ ];
}

# --- to the second -----------------------------------------------------------------------
# host, ciphers on offer in the client's order, what is chosen before the date, and from then on
my $ONLY_1_3 = [ tls => 'TLSv1.3' ];
my @ROWS = (
    [ 'rsa',     'AES128-SHA',                                  'AES128-SHA',         'no answer' ],
    [ 'rsa',     'AES128-GCM-SHA256:AES256-SHA256',             'AES128-GCM-SHA256',  'no answer' ],
    [ 'rsa',     'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'ECDHE-RSA-AES128-SHA' ],
    [ 'rsa',     'AES128-SHA:DHE-RSA-AES128-SHA',               'AES128-SHA',         'DHE-RSA-AES128-SHA' ],
    [ 'rsa',     'ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA',      'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256' ],
    [ 'rsa',     'AES128-SHA',                                  'AES128-SHA',         'no answer', tls => 'TLSv1' ],
    [ 'rsa',     'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'ECDHE-RSA-AES128-SHA', tls => 'TLSv1' ],
    [ 'rsa',     undef,                                         'TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384', tls => 'TLSv1.3' ],
    [ 'dhe',     'DHE-RSA-AES128-SHA',                          'DHE-RSA-AES128-SHA', 'no answer' ],
    [ 'dhe',     'DHE-RSA-AES128-SHA:AES128-SHA',               'DHE-RSA-AES128-SHA', 'AES128-SHA' ],
    [ 'dhe',     'DHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA',     'DHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA' ],
    [ 'cbc',     'ECDHE-RSA-AES128-SHA256:AES128-SHA',          'ECDHE-RSA-AES128-SHA256', 'no answer' ],
    [ 'cbc',     'ECDHE-RSA-AES128-SHA256:AES128-GCM-SHA256',   'ECDHE-RSA-AES128-SHA256', 'AES128-GCM-SHA256' ],
    [ 'sha1',    'ECDHE-RSA-AES128-SHA',                        'ECDHE-RSA-AES128-SHA',    'no answer' ],
    [ 'sha1',    'ECDHE-RSA-AES128-SHA:AES128-SHA256',          'ECDHE-RSA-AES128-SHA',    'AES128-SHA256' ],
    [ 'both',    'AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256',   'AES128-GCM-SHA256',  'no answer' ],
    [ 'both',    'AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256', 'AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256' ],
    [ 'ordered', 'ECDHE-RSA-AES128-GCM-SHA256:AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256', 'AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384' ],
    [ 'suites',  undef,                                         'TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384', tls => 'TLSv1.3' ],
    [ 'suites',  'AES128-SHA',                                  'AES128-SHA',         'no answer' ],
    [ 'level',   'AES128-SHA:ECDHE-RSA-AES128-SHA',             'no answer',          'no answer', tls => 'TLSv1' ],
    [ 'level',   'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'ECDHE-RSA-AES128-SHA' ],
    [ 'first',   'AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256',      'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256' ],
    [ 'first',   undef,                                         'TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256', tls => 'TLSv1.3' ],
    [ 'early',   'AES128-SHA',                                  'no answer',          'no answer' ],
    [ 'early',   'AES128-SHA:ECDHE-RSA-AES128-SHA',             'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA' ],
    [ 'held',    'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'AES128-SHA' ],
    [ 'watched', 'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'AES128-SHA' ],
    [ 'old',     'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'no answer', tls => 'TLSv1.1' ],
    [ 'old',     'AES128-SHA:ECDHE-RSA-AES128-SHA',             'AES128-SHA',         'ECDHE-RSA-AES128-SHA' ],
);
for my $side ([ $BEFORE, 2 ], [ $REFUSE, 3 ]) {
    my ($instant, $column) = @$side;
    $h->stop_clock($instant);
    for my $row (@ROWS) {
        my ($host, $ciphers, undef, undef, %o) = @$row;
        is(got($host, $ciphers, %o), $row->[$column], "$instant, $host: " . ($ciphers // 'any') . (%o ? " over $o{tls}" : '') . ": $row->[$column]");
    }
}

# --- the alert, and the log --------------------------------------------------------------
# Each hello from its own address: failed handshakes of one address are recorded up to a limit.
my $source = 0;
sub say_hello { my ($host, @hello) = @_; return told(shake(port => $h->port, from => '127.0.1.' . ++$source, sni => "$host.example.com", @hello)) }

$h->stop_clock('2018-10-31T23:00:00Z');
is(got('rsa', 'AES128-SHA'), 'AES128-SHA', 'the clock goes back: served again');
ok($h->wait_until(sub { my @s = $h->sightings; @s && $s[-1]{'@timestamp'} =~ /T23:00:/ }), 'and that is the last line of the log');
my @all = $h->sightings;
$lines = @all;
is_deeply([ grep { $_->{'@timestamp'} ge '2018-11-01T00:00:00' && $_->{tlsgate}{enforced} && $_->{tlsgate}{schedule} ne 'rsa' && ($_->{http}{response}{status_code} // 0) == 200 } @all ],
    [], 'from that second on no one was served what is refused');
$h->set_clock($REFUSE);
my ($RSA, $ECDHE, $CHACHA) = (0x002F, 0xC013, 0xCCA8);
for (
    # host, answer, line or undef, hello
    [ 'rsa',   'alert 40', 'rsa refuse handshake_failure old',           ciphers => [$RSA] ],
    [ 'rsa',   'TLSv1.2',  undef,                                        ciphers => [ $RSA, $ECDHE ] ],
    [ 'rsa',   'TLSv1.3',  undef,                                        versions => [qw(TLSv1.3 TLSv1.2)], ciphers => [ $RSA, 0x1301 ] ],
    [ 'level', 'alert 40', 'rsa refuse handshake_failure server-capped', ciphers => [ $RSA, 0xC0AC ], versions => ['TLSv1.2'] ],
    [ 'rsa',   'alert 40', undef,                                        ciphers => [0x0004] ], # nobody has it
    [ 'both',  'alert 40', 'rsa refuse handshake_failure old',           ciphers => [$RSA] ],
    [ 'cbc',   'alert 40', 'cbc refuse handshake_failure old',           ciphers => [ $RSA, $ECDHE ] ],
    [ 'old',   'alert 70', 'old refuse protocol_version pinned',         ciphers => [ $RSA, $ECDHE ], legacy => 'TLSv1.1' ],
    [ 'early', 'alert 40', 'later refuse handshake_failure old',         ciphers => [$RSA] ],
    [ 'held',  'TLSv1.2',  undef,                                        ciphers => [$RSA] ],
    [ 'rsa',   'TLSv1.2',  undef,                                        ciphers => [$RSA], alpn => ['acme-tls/1'] ],
) {
    my ($host, $expected, $line, @hello) = @$_;
    my $what = "$host: " . join(' ', map { ref ? "[@$_]" : $_ } @hello);
    is(say_hello($host, @hello), $expected, "$what: $expected");
    my @new = $line ? $h->new_sightings(\$lines, 1) : ();
    is_deeply(facts(@new), [$line], "$what: $line") if $line;
    is_deeply([ @{ $new[0]{tls} }{qw(version established)}, $new[0]{tls}{client}{server_name} ],
        [ $hello[-1] eq 'TLSv1.1' ? '1.1' : '1.2', JSON::PP::false(), "$host.example.com" ], "$what: what it came with") if $line;
}
is(say_hello('rsa', ciphers => [$RSA]), 'alert 40', 'and once more');
$h->new_sightings(\$lines, 1);
is(scalar(() = $h->sightings), $lines, 'no line of the others');

# --- what is told before the date --------------------------------------------------------
$h->set_clock('2018-10-31T23:00:00Z');
my ($UNLESS, $WITHOUT) = (', unless your client also offers something better that the server supports', ', unless something better is negotiated,');
for ([ 'AES128-SHA', '', '' ], [ 'AES128-SHA:ECDHE-RSA-AES128-SHA', $UNLESS, $WITHOUT ]) {
    my ($ciphers, $unless, $without) = @$_;
    my @how = (port => $h->port, tls => 'TLSv1.2', sni => 'cut.example.com', ciphers => $ciphers);
    my $answer = ask(@how);
    is($answer->{status}, 426, "$ciphers: rejected since the cutoff");
    like($answer->{body}, qr/ From 2018-11-01T00:00:00Z on the TLS handshake itself fails\Q$unless\E\./, '... and what comes then');
    like(ask(@how, path => '/check', headers => ['Accept: text/plain'])->{body}, qr/^Refused in the handshake\Q$without\E from: 2018-11-01T00:00:00Z\b/m, '... as the test says');
}
$h->new_sightings(\$lines, 4);
$h->set_clock($REFUSE);

# --- connections that stay open, and those that renegotiate -------------------------------
my ($cert, $key) = TlsGate::Httpd::certificate();
my @AT = (port => $h->port, tls => 'TLSv1.2', sni => 'renews.example.com', cert => $cert, key => $key);
$h->stop_clock($BEFORE);
my %open = map { ($_ => connect_to(@AT, ciphers => $_)) } qw(AES128-SHA ECDHE-RSA-AES128-SHA);
is(ask(on => $open{$_}, sni => 'renews.example.com')->{status}, 200, "$_: opened before the date") for sort keys %open;
$h->stop_clock($REFUSE);
my $r = ask(on => $open{'AES128-SHA'}, sni => 'renews.example.com');
is($r->{status}, 426, 'AES128-SHA: its next request is rejected');
is($r->{headers}{connection}, 'Upgrade, close', '... and is the last');
is(ask(on => $open{'ECDHE-RSA-AES128-SHA'}, sni => 'renews.example.com')->{status}, 200, 'ECDHE-RSA-AES128-SHA: the next one is served');
$h->new_sightings(\$lines, 2);
%open = ();
my $s = connect_to(@AT, ciphers => 'AES128-SHA:ECDHE-RSA-AES128-SHA');
is($s->get_cipher, 'ECDHE-RSA-AES128-SHA', 'one that offers both');
$r = ask(on => $s, sni => 'renews.example.com', path => '/certificate');
is($r->{status} . ' ' . $s->get_cipher, '404 ECDHE-RSA-AES128-SHA', 'and renegotiates for a certificate: not to what is refused');
$s = connect_to(@AT, ciphers => 'AES128-SHA:ECDHE-RSA-AES128-SHA');
$r = ask(on => $s, sni => 'renews.example.com', path => '/static');
isnt($r ? $r->{status} : 0, 404, 'a <Location> that wants what the host refuses does not get it') or diag($s->get_cipher);
is(scalar(() = $h->sightings), $lines, 'none of them is a line');

# --- sessions from before ----------------------------------------------------------------
# One request by s_client, which saves its session to a file, or reads it from there.
sub visit {
    my ($host, $ciphers, @how) = @_;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDIN, '-|', 'printf', "GET / HTTP/1.0\\r\\nHost: $host.example.com\\r\\n\\r\\n");
        open(STDERR, '>', '/dev/null');
        { exec 'openssl', 's_client', '-connect', '127.0.0.1:' . $h->port, '-tls1_2', '-servername', "$host.example.com",
            '-cipher', "$ciphers:\@SECLEVEL=0", '-ign_eof', @how }
        POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> };
    close $out;
    my ($status) = $text =~ m{^HTTP/1\.1 (\d+)}m or return 'no answer';
    my ($spoken) = $text =~ /^X-Spoken: TLSv1\.2 (.*?)\s*$/m;
    return "$status $spoken";
}

my $BOTH = 'AES128-SHA:ECDHE-RSA-AES128-SHA';
for my $host (qw(rsa tickets)) {
    my $session = $h->dir . "/$host.session";
    $h->set_clock('2018-10-31T23:00:00Z');
    is(visit($host, $BOTH, '-sess_out', $session), '200 AES128-SHA Initial', "$host: a session from before the date");
    is(visit($host, $BOTH, '-sess_in',  $session), '200 AES128-SHA Resumed', '... which is resumed');
    $h->set_clock($REFUSE);
    is(visit($host, $BOTH, '-sess_in', $session, '-sess_out', "$session.new"), '200 ECDHE-RSA-AES128-SHA Initial', '... not from the date on: the client gets what it offers beside it');
    is(visit($host, 'AES128-SHA', '-sess_in', $session), 'no answer', '... or nothing');
    is(visit($host, $BOTH, '-sess_in', "$session.new"), '200 ECDHE-RSA-AES128-SHA Resumed', '... and a session from then on is resumed');
    is_deeply(facts($h->new_sightings(\$lines, 3)), [ 'rsa warn 200 capable', 'rsa warn 200 capable', 'rsa refuse handshake_failure old' ], "$host: a line for each that is deprecated");
    is(visit('watched', $BOTH, '-sess_in', "$session.new"), '200 AES128-SHA Initial', "$host: but not on another host");
    $h->new_sightings(\$lines, 1);
}

# --- exemptions and overrides, and two hosts on one port ----------------------------------
$h->set_clock('2018-11-05T00:00:00Z');
ok($state->apply(exempt('rsa', '127.0.0.0/24', '2018-11-12T00:00:00Z')), 'a network is exempt');
is(got('free', 'AES128-SHA'), 'AES128-SHA', 'it is served');
is(say_hello('free', ciphers => [$RSA]), 'alert 40', 'another one is not');
ok($state->apply(exempt('rsa', 'account:acme', '2018-11-12T00:00:00Z')), 'a client is exempt that only its request tells');
is(got('free', 'AES128-SHA'), '426 AES128-SHA', 'so requests are rejected until then');
ok($state->apply(suspend('rsa', '2018-11-12T00:00:00Z')), 'the schedule is suspended');
is(got('free', 'AES128-SHA'), 'AES128-SHA', 'everyone is served');
ok($state->apply(), 'and no longer');
is(got('free', 'AES128-SHA'), 'no answer', 'refused again');
my @SECOND = (port => $h->port('refusing'), tls => 'TLSv1.2', ciphers => 'AES128-SHA');
is(ask(@SECOND, sni => $_->[0]) ? 'served' : 'no answer', $_->[1], "two hosts on one port: '$_->[0]'")
    for [ '', 'no answer' ], [ 'unknown.example.com', 'no answer' ], [ 'open.example.com', 'served' ];
$r = ask(@SECOND, sni => 'open.example.com', host => 'localhost');
is($r->{status}, 426, 'a request for the other one over its connection is rejected');
$h->finish_ok(qr/AH02261: Re-negotiation handshake failed/, qr/SSL Library Error: .*no shared cipher/);

# --- kx=classical where OpenSSL has no post-quantum group ---------------------------------
SKIP: {
    skip 'the OpenSSL here has a post-quantum group', 1 if `openssl s_client -groups X25519MLKEM768 -connect 127.0.0.1:1 2>&1` !~ /SSL_CONF_cmd/;
    $h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<TlsGateSchedule pq>\nTlsGateDeprecate kx=classical\n</TlsGateSchedule>\nTlsGateLog logs/tlsgate.ndjson\nTlsGate pq as=refuse\n")->start;
    $lines = 0;
    for (
        [ 'alert 40', 'pq refuse handshake_failure old',           versions => ['TLSv1.3'] ],
        [ 'alert 40', 'pq refuse handshake_failure server-capped', versions => ['TLSv1.3'], groups => [ 29, 4588 ] ],
        [ 'alert 70', 'pq refuse protocol_version old' ],
    ) {
        my ($expected, $line, @hello) = @$_;
        is(told(shake(port => $h->port, @hello)), $expected, "everyone is refused: $expected");
        is_deeply(facts($h->new_sightings(\$lines, 1)), [$line], "... $line");
    }
    $h->finish_ok(qr/schedule pq rejects every client now: it deprecates kx=classical, and OpenSSL .* has no post-quantum group/);
}
done_testing;
