# Failed handshakes: a client that offers nothing newer than deprecated versions and is turned
# away with any fatal alert leaves one line, at httpd's default log
# level; all others leave none. No log, whatever its state, disturbs a handshake.
use strict;
use warnings;
use lib 't/lib';
use Fcntl qw(O_NONBLOCK O_RDWR);
use POSIX ();
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_LINGER);
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Hello ();
use TlsGate::Httpd;
use TlsGate::RawHello qw(answer dial hello shake sslv2_hello told);

my $h = TlsGate::Httpd->new(conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@level@
LogLevel warn
<TlsGateSchedule legacy>
    TlsGateDeprecate SSLv3 TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName open.example.com
    SSLEngine on
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName strict.example.com
    ServerAlias *.strict.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName refuse.example.com
    SSLEngine on
    TlsGate legacy as=refuse
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName truncate.example.com
    SSLEngine on
    TlsGate legacy as=refuse
    TlsGatePrivacy ip=truncate
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName hash.example.com
    SSLEngine on
    TlsGate legacy as=refuse
    TlsGatePrivacy ip=hash
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName unlogged.example.com
    SSLEngine on
    TlsGate legacy as=refuse
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName full.example.com
    SSLEngine on
    TlsGate legacy as=refuse
    TlsGateLog /dev/full
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName stuck.example.com
    SSLEngine on
    TlsGate legacy as=refuse
    TlsGateLog logs/fifo
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName ungated.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName location.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGateLog logs/tlsgate.ndjson
    <Location /api>
        TlsGate legacy
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName off.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGate off
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@level@>
    SSLEngine on
    SSLCipherSuite DEFAULT:@SECLEVEL=2
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
</VirtualHost>
CONF
POSIX::mkfifo($h->dir . '/logs/fifo', 0600) or die "mkfifo: $!";
$h->start;

# Each hello comes from its own address: those from one address are recorded up to a limit.
my ($sources, $lines) = (0, 0);
sub fresh { my (@more) = @_; return (port => $h->port, from => '127.0.1.' . ++$sources, @more) }

# The line that was written since the last one; it must be the only one.
sub new_line {
    my ($what) = @_;
    my @all = $h->wait_sightings(++$lines);
    is(scalar @all, $lines, "$what: one line");
    $lines = @all;
    return $all[-1];
}

my @TLS10 = (ciphers => [ 0xC013, 0xC014, 0x002F, 0x0035 ], legacy => 'TLSv1');

# --- one line for any alert ---------------------------------------------------------------
my @FALLBACK = (@TLS10, legacy => 'TLSv1.1', scsv => 1);
my @OLD = (versions => [qw(TLSv1.1 TLSv1)]);
# Which alert OpenSSL sends because of its security level depends on its version.
my $LEVEL = qr/^(?:protocol_version|handshake_failure|internal_error)$/;
for (
    # what, alert, its name, protocol, max, cause, verdict, hello
    [ 'refused by date',         70, 'protocol_version',       'TLSv1',   'TLSv1',   'pinned',   'refuse', sni => 'refuse.example.com', @TLS10 ],
    [ 'switched off already',    70, 'protocol_version',       'TLSv1',   'TLSv1',   'pinned',   'warn', sni => 'strict.example.com', @TLS10 ],
    [ 'without extensions',      undef, $LEVEL,                'TLSv1',   'TLSv1',   'old',      'warn', port => 'level', @TLS10, bare => 1 ],
    [ 'a list of old ones only', 70, 'protocol_version',       'TLSv1.1', 'TLSv1.1', 'pinned',   'warn', sni => 'strict.example.com', @OLD ],
    [ 'no shared cipher',        40, 'handshake_failure',      'TLSv1',   'TLSv1',   'pinned',   'warn', sni => 'open.example.com', @TLS10, ciphers => [4, 5] ],
    [ 'fallback',                86, 'inappropriate_fallback', 'TLSv1.1', 'TLSv1.1', 'fallback', 'warn', sni => 'open.example.com', @FALLBACK ],
    [ 'refused on fallback',     70, 'protocol_version',       'TLSv1.1', 'TLSv1.1', 'fallback', 'refuse', sni => 'refuse.example.com', @FALLBACK ],
    [ 'the security level',      undef, $LEVEL,                'TLSv1',   'TLSv1',   'pinned',   'warn', port => 'level', @TLS10 ],
    [ 'many records',            70, 'protocol_version',       'TLSv1',   'TLSv1',   'pinned',   'refuse', sni => 'refuse.example.com', @TLS10, size => 7 ],
    [ 'SSLv3',                   undef, qr/^(?:protocol_version|handshake_failure)$/, 'SSLv3', 'SSLv3', 'old', 'warn',
        sni => 'open.example.com', legacy => 'SSLv3', bare => 1, record => 0x0300, ciphers => [ 4, 5, 10 ] ],
) {
    my ($what, $alert, $name, $protocol, $max, $cause, $verdict, %hello) = @$_;
    my $bytes  = hello(%hello);
    my $socket = dial(fresh($hello{port} ? (port => $h->port($hello{port})) : ()));
    my ($ip, $port) = ($socket->sockhost, $socket->sockport);
    syswrite($socket, $bytes);
    like(told(answer($socket)), $alert ? qr/^alert $alert$/ : qr/^alert /, "$what: the alert");
    my $line = new_line($what);
    like($line->{'@timestamp'}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "$what: when");
    is_deeply($line->{client}, { ip => $ip, port => $port }, "$what: who");
    is_deeply([ $line->{tls}{client}{server_name}, $line->{tls}{established} ? 1 : 0 ], [ $hello{bare} ? undef : $hello{sni}, 0 ], "$what: to whom");
    my $message = join('', map { unpack('x5 a*', $_) } $hello{size} ? unpack('(a' . (5 + $hello{size}) . ')*', $bytes) : $bytes);
    is($line->{tls}{client}{ja4}, TlsGate::Hello::ja4({ format => 'hello', bytes => $message }), "$what: JA4");
    my $t = $line->{tlsgate};
    ref $name ? like($t->{alert}, $name, "$what: its name") : is($t->{alert}, $name, "$what: its name");
    is_deeply([ @$t{qw(protocol cause verdict client)}, $t->{client_hello}{max_version}, $t->{client_hello}{versions}[-1] ],
        [ $protocol, $cause, $verdict, "ip:$ip", $max, $max ], "$what: $protocol, $cause, $verdict");
    ok(!exists $line->{http} && !exists $line->{url}, "$what: no data of a request");
}

# RFC 5246 appendix E.2.
like(told(shake(fresh(port => $h->port('level'), bytes => sslv2_hello()))), qr/^alert /, 'in SSLv2 format: the alert');
my $line = new_line('in SSLv2 format');
is_deeply([ $line->{tlsgate}{protocol}, $line->{tls}{client}{ja4} =~ s/_.*//r ], [ 'TLSv1', 't10i080000' ], 'in SSLv2 format: the offer');

# A handshake that fails later is recorded too.
my $s = dial(fresh());
syswrite($s, hello(@TLS10, sni => 'open.example.com'));
is(told(answer($s)), 'TLSv1', 'a ServerHello');
syswrite($s, pack('C n n/a*', 22, 0x0301, "\x14\0\0\x0Cnot finished"));
like(told(answer($s)), qr/^(?:alert|nothing)/, 'then nonsense from the client');
isnt(new_line('nonsense')->{tlsgate}{alert}, 'protocol_version', 'nonsense: another alert');

# An established connection is not a failed handshake, however it ends.
my $open = connect_to(port => $h->port, tls => 'TLSv1', sni => 'open.example.com');
is(ask(on => $open)->{status}, 200, 'a request');
new_line('a request');
POSIX::write(fileno $open, my $forged = pack('C n n/a*', 23, 0x0301, 'x' x 48), 53);
is(ask(on => $open), undef, 'then a forged record: the connection ends');
is(told(shake(fresh(@TLS10, sni => 'refuse.example.com'))), 'alert 70', 'the next client');
is(new_line('a forged record: no line, the next client')->{tlsgate}{verdict}, 'refuse', 'and the line is about that one');

# --- privacy ------------------------------------------------------------------------------
is(told(shake(fresh(@TLS10, sni => "$_.example.com"))), 'alert 70', "$_: the alert") for qw(truncate hash);
$lines++;
my ($truncated, $hashed) = (new_line('privacy'), undef);
($truncated, $hashed) = ($h->sightings)[ -2, -1 ];
is_deeply([ $truncated->{client}, $truncated->{tlsgate}{client} ], [ { ip => '127.0.1.0' }, 'ip:127.0.1.0' ], 'truncate: the network, and no port');
ok(!exists $hashed->{client}, 'hash: no address, and no port');
like($hashed->{tlsgate}{client}, qr/^ip:sha256:[0-9a-f]{32}$/, 'hash: a hash');

# --- no line --------------------------------------------------------------------------------
# Everything that is sent while the server sleeps has arrived when it wakes up.
sub asleep {
    my ($do) = @_;
    kill STOP => -$h->{pid};
    $h->wait_until(sub { !grep { TlsGate::Httpd::slurp("/proc/$_/stat") !~ /^\d+ \(.*\) T/ }
        $h->{pid}, split(' ', TlsGate::Httpd::slurp("/proc/$h->{pid}/task/$h->{pid}/children")) }) or die "it is not asleep\n";
    my $r = $do->();
    kill CONT => -$h->{pid};
    return $r;
}

# Waits until the server has closed it.
sub until_closed { my ($socket) = @_; local $SIG{ALRM} = sub { die "still open\n" }; alarm 30; 1 while sysread($socket, my $b, 4096); alarm 0 }

my $old    = hello(@TLS10, sni => 'refuse.example.com');
my $strict = 'strict.example.com';
my %silent = (
    'half a hello, then gone' => sub { my $c = dial(fresh()); syswrite($c, substr($old, 0, 60)); shutdown($c, 1); until_closed($c) },
    'nothing at all' => sub { my $c = dial(fresh()); shutdown($c, 1); until_closed($c) },
    'a hello, gone at once' => sub { until_closed(asleep(sub { my $c = dial(fresh()); syswrite($c, $old); shutdown($c, 1); $c })) },
    'a hello, closed at once' => sub { asleep(sub { my $c = dial(fresh()); syswrite($c, $old); close $c }) },
    'a hello, then RST' => sub {
        asleep(sub { my $c = dial(fresh()); syswrite($c, $old); setsockopt($c, SOL_SOCKET, SO_LINGER, pack('i i', 1, 0)); close $c });
    },
    'garbage'            => sub { shake(fresh(bytes => join('', map { chr(128 + $_ % 100) } 1 .. 300))) },
    'a record of nonsense' => sub { shake(fresh(bytes => pack('C n n/a*', 22, 0x0301, "\1\0\0\5hello"))) },
    'plain HTTP'         => sub { my $c = dial(fresh()); syswrite($c, "GET / HTTP/1.0\r\n\r\n"); until_closed($c) },
    'modern, no shared cipher'  => sub { told(shake(fresh(versions => ['TLSv1.2'], ciphers => [4], sni => $strict))) },
    'modern at most, no shared cipher' => sub { told(shake(fresh(legacy => 'TLSv1.2', ciphers => [4], sni => $strict))) },
    'modern, no shared protocol above' => sub { told(shake(fresh(versions => ['TLSv1.3'], alpn => ['nothing/1'], sni => $strict))) },
    'modern, an unknown newer version' => sub { told(shake(fresh(versions => [0x0399], sni => $strict))) },
    'old and new on offer, modern cipher missing' => sub { told(shake(fresh(versions => [qw(TLSv1.2 TLSv1)], ciphers => [4], sni => $strict))) },
    'the client ends it' => sub {
        my $c = dial(fresh());
        syswrite($c, hello(@TLS10, sni => 'open.example.com'));
        my $r = told(answer($c));
        syswrite($c, pack('C n n/a*', 21, 0x0301, "\2\x30")); # unknown_ca
        until_closed($c);
        return $r;
    },
    'the client leaves after the ServerHello' => sub {
        my $c = dial(fresh());
        syswrite($c, hello(@TLS10, sni => 'open.example.com'));
        my $r = told(answer($c));
        shutdown($c, 1);
        until_closed($c);
        return $r;
    },
    'a host without TlsGate'     => sub { told(shake(fresh(@TLS10, sni => 'ungated.example.com'))) },
    'TlsGate in <Location> only' => sub { told(shake(fresh(@TLS10, sni => 'location.example.com'))) },
    'TlsGate off'                => sub { told(shake(fresh(@TLS10, sni => 'off.example.com'))) },
    'no TlsGateLog'              => sub { told(shake(fresh(@TLS10, sni => 'unlogged.example.com'))) },
);
my %told = (
    'modern, no shared cipher' => 'alert 40', 'modern at most, no shared cipher' => 'alert 40',
    'old and new on offer, modern cipher missing' => 'alert 40', 'the client ends it' => 'TLSv1',
    'the client leaves after the ServerHello' => 'TLSv1', map { ($_ => 'alert 70') } 'modern, an unknown newer version',
    'a host without TlsGate', 'TlsGate in <Location> only', 'TlsGate off', 'no TlsGateLog',
);
for my $what (sort keys %silent) {
    my $got = $silent{$what}->();
    is($got, $told{$what}, "$what: $told{$what}") if $told{$what};
    is(told(shake(fresh(@TLS10, sni => "after.$strict"))), 'alert 70', "$what: the next client");
    is(new_line("$what: no line, the next client")->{tls}{client}{server_name}, "after.$strict", "$what: and the line is about that one");
}

# --- logs that cannot be written --------------------------------------------------------------
sysopen(my $fifo, $h->dir . '/logs/fifo', O_RDWR | O_NONBLOCK) or die "fifo: $!";
1 while syswrite($fifo, 'x' x 4096);
for my $host (qw(full stuck)) {
    is(told(shake(fresh(@TLS10, sni => "$host.example.com"))), 'alert 70', "$host log: the alert") for 1 .. 3;
    my $r = ask(port => $h->port, tls => 'TLSv1.3', sni => "$host.example.com");
    is($r->{status}, 200, "$host log: modern clients are served");
}
ok($h->wait_until(sub { $h->error_log =~ /6 sightings were lost since the last report|, 6 since the start/ }), 'lost lines are counted');
is(scalar(() = $h->sightings), $lines, 'no further line follows');
$h->finish_ok(qr/never applies to/, qr/TlsGateLog ".*": sightings are being lost/, qr/TlsGateLog: \d+ sightings were lost/);

# --- which schedule decides, and its effect -----------------------------------------------------
# The schedule that deprecates the version decides. If none does and nothing newer is on offer, a
# schedule is named in the line, and nothing is enforced.
$h = TlsGate::Httpd->new(conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
<TlsGateSchedule aone>
    TlsGateDeprecate TLSv1.1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule bboth>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule warns>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    ServerName one.example.com
    SSLEngine on
    TlsGate aone
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName both.example.com
    SSLEngine on
    TlsGate bboth
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName one-both.example.com
    SSLEngine on
    TlsGate aone bboth
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName both-one.example.com
    SSLEngine on
    TlsGate bboth aone
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName one-warns.example.com
    SSLEngine on
    TlsGate aone warns
</VirtualHost>
CONF
$lines = 0;

my @TLS11 = (@TLS10, legacy => 'TLSv1.1');
my @UNKNOWN = (ciphers => [ 4, 5 ]); # ciphers that the server does not have
my @SSL3  = (legacy => 'SSLv3', record => 0x0300, @UNKNOWN);
for (
    # what, alert, protocol, schedule, verdict, enforced, host, hello
    [ 'it names TLSv1.1 alone',         'alert 40', 'TLSv1',   'aone',  'refuse', 0, 'one',       @TLS10, @UNKNOWN ],
    [ 'it names TLSv1.1, which came',   'alert 70', 'TLSv1.1', 'aone',  'refuse', 1, 'one',       @TLS11 ],
    [ 'it names both',                  'alert 70', 'TLSv1',   'bboth', 'refuse', 1, 'both',      @TLS10, @UNKNOWN ],
    [ 'the second names it',            'alert 70', 'TLSv1',   'bboth', 'refuse', 1, 'one-both',  @TLS10 ],
    [ 'the first names it',             'alert 70', 'TLSv1',   'bboth', 'refuse', 1, 'both-one',  @TLS10 ],
    [ 'both name it: the first',        'alert 70', 'TLSv1.1', 'aone',  'refuse', 1, 'one-both',  @TLS11 ],
    [ 'the one that names it is milder', 'alert 40', 'TLSv1',  'warns', 'warn',   1, 'one-warns', @TLS10, @UNKNOWN ],
    [ 'SSLv3, which none names',        qr/^alert (?:40|70)$/, 'SSLv3', 'bboth', 'refuse', 0, 'both', @SSL3 ],
    [ 'SSLv3, which neither names',     qr/^alert (?:40|70)$/, 'SSLv3', 'aone', 'refuse', 0, 'one-both', @SSL3 ],
) {
    my ($what, $alert, $protocol, $schedule, $verdict, $enforced, $host, @hello) = @$_;
    like(told(shake(fresh(@hello, sni => "$host.example.com"))), qr/^$alert$/, "$what: the alert");
    my $t = new_line($what)->{tlsgate};
    is_deeply([ @$t{qw(protocol schedule verdict)}, $t->{enforced} ? 1 : 0 ], [ $protocol, $schedule, $verdict, $enforced ],
        "$what: $schedule, $verdict, " . ($enforced ? 'enforced' : 'not enforced')) or diag(explain($t));
}
is(told(shake(fresh(@TLS10, sni => "$_.example.com"))), 'TLSv1', "$_: a client that offers a version that nothing refuses is let in") for qw(one one-warns);

# More numbers than are kept of a hello: fields computed from them are left out. Beside
# the ciphers there are four extensions, two groups, four signature algorithms, one point format.
for ([ 512, 1 ], [ 513, 0 ], [ 2048, 0 ]) {
    my ($numbers, $kept) = @$_;
    my @ciphers = (0xC013, map { 0xD000 + $_ } 1 .. $numbers - 12);
    is(told(shake(fresh(legacy => 'TLSv1', ciphers => \@ciphers, sni => 'both.example.com'))), 'alert 70', "$numbers numbers on offer: the alert");
    my $l = new_line("$numbers numbers");
    is_deeply([ map { defined ? 1 : 0 } $l->{tls}{client}{ja4}, @{ $l->{tlsgate} }{qw(cause client_hello)} ], [ ($kept) x 3 ],
        "$numbers numbers: JA4, cause and versions " . ($kept ? 'are present' : 'are left out')) or diag(explain($l));
    is_deeply([ $l->{tls}{client}{server_name}, @{ $l->{tlsgate} }{qw(protocol schedule verdict alert)} ],
        [ 'both.example.com', qw(TLSv1 bboth refuse protocol_version) ], "$numbers numbers: the rest is present");
}
is(scalar(() = $h->sightings), $lines, 'no further line follows');
$h->finish_ok(qr/vhost one\.example\.com:.*: schedule aone deprecates TLSv1\.1 but not TLSv1,/, qr/schedule aone deprecates TLSv1\.1 but not TLSv1,/);
done_testing;
