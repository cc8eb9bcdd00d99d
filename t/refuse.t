# Refusing by date: served one second before, the alert protocol_version from that second
# on, for the real clients of every TLS stack; modern clients are not affected. Also the effect of
# as= and report-only, connections that stay open, handshakes with more than
# one hello, restarts, and every MPM.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;
use TlsGate::RawHello qw(answer dial hello shake told);
use TlsGate::Stacks ();

my ($BEFORE, $REFUSE) = ('2018-10-31T23:59:59Z', '2018-11-01T00:00:00Z');
my @DEPRECATED = qw(TLSv1 TLSv1.1);
my @MODERN     = qw(TLSv1.2 TLSv1.3);

my $schedule = <<'CONF';
Listen 127.0.0.1:@tls@
Timeout 20000000
KeepAliveTimeout 20000000
Header always set X-Spoken "%{SSL_PROTOCOL}s"
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateStatus    400
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
CONF

my $h = TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], clock => '2018-10-31T23:00:00Z', conf => $schedule . <<'CONF')->start;
Listen 127.0.0.1:@curve@
Listen 127.0.0.1:@curve_new@
Listen 127.0.0.1:@curve_old@
<TlsGateSchedule newest>
    TlsGateDeprecate TLSv1.3
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    <Location /certificate>
        SSLVerifyClient optional_no_ca
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName early.example.com
    SSLEngine on
    TlsGate legacy as=refuse
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName held.example.com
    SSLEngine on
    TlsGate legacy as=announced
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName watched.example.com
    SSLEngine on
    TlsGate legacy report-only
</VirtualHost>
<VirtualHost *:@curve@>
    SSLEngine on
    SSLOpenSSLConfCmd Curves P-256
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@curve_new@>
    SSLEngine on
    SSLOpenSSLConfCmd Curves P-256
    TlsGate newest as=announced
</VirtualHost>
<VirtualHost *:@curve_old@>
    SSLEngine on
    SSLOpenSSLConfCmd Curves P-256
    TlsGate newest as=refuse
</VirtualHost>
CONF
my $lines = 0;

# The sightings since the last call: exactly that many.
# The action for each: "reject 400", "refuse protocol_version".
sub facts {
    return [ map { join(' ', $_->{tlsgate}{verdict}, $_->{tlsgate}{alert} // $_->{http}{response}{status_code}) } @_ ];
}

# The status over that version, or "no answer".
sub status { my ($tls, %o) = @_; my $r = ask(port => $h->port, tls => $tls, %o); return $r ? $r->{status} : 'no answer' }

# --- to the second, for real clients -----------------------------------------------------
my %headers;
for my $stack (TlsGate::Stacks::stacks()) {
    SKIP: {
        skip "$stack->{name} is not installed", 1 unless $stack->{path};
        my @spoken = grep { $stack->{versions}{$_} } TlsGate::Stacks::versions();
        my (%got, %expected);
        for my $version (@spoken) {
            my $old = grep { $_ eq $version } @DEPRECATED;
            for my $side ($BEFORE, $REFUSE) {
                my $refused = $old && $side eq $REFUSE;
                my $r = TlsGate::Stacks::ask_at($h, $side, $stack, port => $h->port, version => $version);
                $h->wait_sightings(++$lines) if $old; # by the time at which they are written
                $got{"$version at $side"} = $r ? "$r->{status} over $r->{headers}{'x-spoken'}" : 'no answer';
                $expected{"$version at $side"} = $refused ? 'no answer' : "200 over $version";
                $headers{"$version at $side"} = join(' ', sort keys %{ $r->{headers} }) if $r;
            }
        }
        is_deeply(\%got, \%expected, "$stack->{name}: @spoken, on both sides of Refuse");
    }
}
is($headers{"$_ at $REFUSE"}, $headers{"$_ at $BEFORE"}, "$_: the headers are the same") for @MODERN;
unlike(join(' ', map { $headers{"$_ at $REFUSE"} } @MODERN), qr/deprecation|sunset|link|upgrade/, 'and none is of this module');

# The log agrees: no client was refused before, none was served after.
$h->set_clock('2018-10-31T23:00:00Z');
is(status('TLSv1'), 200, 'the clock goes back: served again');
ok($h->wait_until(sub { my @s = $h->sightings; @s && $s[-1]{'@timestamp'} =~ /T23:00:/ }), 'and that is the last line of the log');
my @all = $h->sightings;
$lines = @all;
my @refused = grep { $_->{tlsgate}{alert} } @all;
cmp_ok(scalar @refused, '>=', 2, 'the log: refused handshakes, ' . @refused);
is_deeply([ grep { $_->{'@timestamp'} lt '2018-11-01T00:00:00' || $_->{tlsgate}{verdict} ne 'refuse' } @refused ], [], 'all of them since Refuse');
is_deeply([ grep { $_->{'@timestamp'} ge '2018-11-01T00:00:00' && ($_->{http}{response}{status_code} // 0) == 200 } @all ],
    [], 'and none was served since');
is_deeply([ grep { $_->{tls}{version} =~ /1\.[23]/ } @all ], [], 'no line about a modern client');

# --- connections that stay open ----------------------------------------------------------
$h->set_clock('2018-10-31T23:00:00Z');
my ($old, $new, $other) = map { connect_to(port => $h->port, tls => $_) } qw(TLSv1 TLSv1.2 TLSv1.1);
is(ask(on => $_)->{status}, 200, 'a connection before Refuse') for $old, $new, $other;
$h->set_clock($REFUSE);
my $r = ask(on => $old);
is($r->{status}, 400, 'open since before: its next request gets the status of the schedule');
is($r->{headers}{connection}, 'close', 'and is the last');
is(ask(on => $other, path => '/certificate')->{status}, 400, 'likewise where it would have to renegotiate');
is(ask(on => $new)->{status}, 200, 'a modern one stays open');
is(status('TLSv1'), 'no answer', 'a new connection is refused');
is_deeply(facts($h->new_sightings(\$lines, 5)), [ 'warn 200', 'warn 200', 'reject 400', 'reject 400', 'refuse protocol_version' ], 'one line for each');
undef $_ for $old, $new, $other;

# --- as= and report-only, on both sides --------------------------------------------------
for (
    [ $BEFORE, 'early.example.com',   'no answer', 'refuse protocol_version', 1, 'as=refuse' ],
    [ $BEFORE, 'held.example.com',    200,         'warn 200',                1, 'as=announced' ],
    [ $BEFORE, 'watched.example.com', 200,         'warn 200',                0, 'report-only' ],
    [ $REFUSE, 'early.example.com',   'no answer', 'refuse protocol_version', 1, 'as=refuse' ],
    [ $REFUSE, 'held.example.com',    200,         'warn 200',                1, 'as=announced' ],
    [ $REFUSE, 'watched.example.com', 200,         'reject 200',              0, 'report-only' ],
) {
    my ($instant, $host, $expected, $fact, $enforced, $what) = @$_;
    # An hour before is enough here.
    $h->set_clock($instant eq $BEFORE ? '2018-10-31T23:00:00Z' : $instant);
    my $side = $instant eq $BEFORE ? 'before' : 'after';
    is(status('TLSv1.1', sni => $host), $expected, "$what, $side Refuse: $expected");
    my @line = $h->new_sightings(\$lines, 1);
    is_deeply(facts(@line), [$fact], "$what, $side: the log says $fact");
    is($line[0]{tlsgate}{enforced} ? 1 : 0, $enforced, "$what, $side: enforced: $enforced");
    is($line[0]{tls}{client}{server_name}, $host, "$what, $side: server name");
    is(status('TLSv1.3', sni => $host), 200, "$what, $side: modern clients are served");
}
# Requests of a modern client to the other hosts over one connection: never 421.
is(status($_->[0], sni => 'localhost', host => $_->[1]), 200, "$_->[0] to localhost asks for $_->[1]")
    for map { my $host = $_; map { [ $_, $host ] } @MODERN } qw(early.example.com held.example.com watched.example.com);

# --- more than one hello -----------------------------------------------------------------
# TLS 1.2 asks for the certificate in a second handshake on the same connection.
my ($cert, $key) = TlsGate::Httpd::certificate();
$h->set_clock('2018-10-31T23:00:00Z');
for my $side ('before', 'after') {
    $h->set_clock($REFUSE) if $side eq 'after';
    my $s = connect_to(port => $h->port, tls => 'TLSv1.2', cert => $cert, key => $key);
    is(ask(on => $s, path => $_)->{status}, $_ eq '/' ? 200 : 404, "renegotiation, $side Refuse: TLSv1.2 at $_") for '/', '/certificate';
}
$h->set_clock('2018-10-31T23:00:00Z');
is(status('TLSv1', cert => $cert, key => $key, path => '/certificate'), 404, 'renegotiation: TLSv1 before Refuse');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['warn 404'], 'which is one line');
$h->set_clock($REFUSE);
is(status('TLSv1', cert => $cert, key => $key, path => '/certificate'), 'no answer', 'TLSv1 after Refuse');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['refuse protocol_version'], 'which is one line as well');

# TLS 1.3 asks for another hello if the server does not accept the group of the first.
sub curve { my ($port, @hello) = @_; return told(shake(port => $h->port($port), versions => ['TLSv1.3'], @hello)) }
is(curve('curve'),     'retry TLSv1.3', 'a HelloRetryRequest for a client whose group is not accepted');
is(curve('curve_new'), 'retry TLSv1.3', 'also where TLSv1.3 is deprecated');
is(curve('curve_old'), 'alert 70',      'not where TLSv1.3 is refused');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['refuse protocol_version'], 'which is one line');
is(status('TLSv1.3', port => $h->port('curve')), 200, 'a real client sends a second hello, and is served');
is(status('TLSv1.3', port => $h->port('curve_new')), 200, 'also where TLSv1.3 is deprecated');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['warn 200'], 'which is one line');
is(status('TLSv1.3', port => $h->port('curve_old')), 'no answer', 'but not if it is refused');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['refuse protocol_version'], 'which is one line');
my $s = dial(port => $h->port('curve_new'));
syswrite($s, hello(versions => ['TLSv1.3']));
is(told(answer($s)), 'retry TLSv1.3', 'one that is asked for another hello');
syswrite($s, hello(versions => ['TLSv1.3']));
like(told(answer($s)), qr/^(?:alert|nothing)/, 'and sends the same again');
undef $s;
is_deeply([ map { $_->{tls}{established} ? 1 : 0 } $h->new_sightings(\$lines, 1) ], [0], 'is one line');

# --- restarts, and every MPM -------------------------------------------------------------
ok($h->graceful, 'a graceful restart');
is(status('TLSv1'), 'no answer', 'TLSv1 is refused after it');
is(status('TLSv1.2'), 200, 'TLSv1.2 is served');
is_deeply(facts($h->new_sightings(\$lines, 1)), ['refuse protocol_version'], 'one line');
is(scalar(() = $h->sightings), $lines, 'no further lines');
$h->finish_ok;

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        $h = TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], mpm => $mpm, clock => '2018-10-31T23:00:00Z', conf => $schedule . <<'CONF')->start;
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF
        is(status($_), 200, "$mpm: $_ before Refuse") for @DEPRECATED, @MODERN;
        my $kept = connect_to(port => $h->port, tls => 'TLSv1');
        $h->set_clock($REFUSE);
        is(ask(on => $kept)->{status}, 400, "$mpm: a connection that was open");
        is(status($_), 'no answer', "$mpm: $_ from Refuse on") for @DEPRECATED;
        is(status($_), 200, "$mpm: $_ from Refuse on") for @MODERN;
        ok($h->graceful, "$mpm: a graceful restart");
        is(status('TLSv1.1'), 'no answer', "$mpm: TLSv1.1 after it");
        is(status('TLSv1.3'), 200, "$mpm: TLSv1.3 after it");
        my @got = sort @{ facts($h->wait_sightings(6)) };
        is_deeply(\@got, [ 'refuse protocol_version', 'refuse protocol_version', 'refuse protocol_version', 'reject 400', 'warn 200', 'warn 200' ],
            "$mpm: one line for each");
        $h->finish_ok;
    }
}
done_testing;
