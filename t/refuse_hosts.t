# The schedule that decides a handshake is that of the virtual host that mod_ssl selects for the server
# name, however it matches; of the default one if there is no name or none matches.
# Also a host's own SSLProtocol, what SSLOpenSSLConfCmd switches off, hosts told apart by
# address, and invalid names.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my $schedule = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
CONF

my $h = TlsGate::Httpd->new(conf => $schedule . <<'CONF')->start;
Listen @tls@
Listen @second@
Listen @addresses@
<VirtualHost *:@tls@>
    ServerName first.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName open.example.com
    ServerAlias open-alias.example.com *.open.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName shut.example.com
    ServerAlias shut-alias.example.com *.shut.example.com sh?t.example.net
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName only-old.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1 +TLSv1.1
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName only-new.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName only-one.example.com
    SSLEngine on
    SSLProtocol TLSv1.1
</VirtualHost>
<VirtualHost *:@second@>
    ServerName open.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:@second@>
    ServerName shut.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost 127.0.0.2:@addresses@>
    ServerName two.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost 127.0.0.3:@addresses@>
    ServerName three.example.com
    SSLEngine on
</VirtualHost>
CONF

# The results of a hello that offers at most TLSv1.1, of one that offers all
# from TLSv1 on, and of one that offers TLSv1.3 alone.
my @HELLOS = ([ legacy => 'TLSv1.1' ], [ versions => [qw(TLSv1.3 TLSv1.2 TLSv1.1 TLSv1)] ], [ versions => ['TLSv1.3'] ]);
sub outcomes { my (%o) = @_; return [ map { say_hello(%o, @$_) } @HELLOS ] }

# Each hello from its own address: failed handshakes of one address are recorded up to a limit.
my $source = 0;
sub say_hello { return told(shake(port => $h->port, from => '127.0.1.' . (1 + $source++ % 250), @_)) }

my $SHUT = [ 'alert 70', 'TLSv1.3', 'TLSv1.3' ];
my $OPEN = [ 'TLSv1.1',  'TLSv1.3', 'TLSv1.3' ];
for (
    [ 'ServerName, refusing',           $SHUT, sni => 'shut.example.com' ],
    [ 'ServerName, not refusing',       $OPEN, sni => 'open.example.com' ],
    [ 'ServerAlias, refusing',          $SHUT, sni => 'shut-alias.example.com' ],
    [ 'ServerAlias, not refusing',      $OPEN, sni => 'open-alias.example.com' ],
    [ 'wildcard, refusing',             $SHUT, sni => 'a.shut.example.com' ],
    [ 'wildcard, not refusing',         $OPEN, sni => 'a.b.open.example.com' ],
    [ 'wildcard with ?',                $SHUT, sni => 'shot.example.net' ],
    [ 'upper case',                     $OPEN, sni => 'OPEN.Example.COM' ],
    [ 'upper case, wildcard',           $OPEN, sni => 'A.OPEN.EXAMPLE.COM' ],
    [ 'no name: the default host',      $SHUT ],
    [ 'unknown name: the default host', $SHUT, sni => 'unknown.example.org' ],
    [ 'no name on the other port',      $OPEN, port => $h->port('second') ],
    [ 'unknown on the other port',      $OPEN, port => $h->port('second'), sni => 'unknown.example.org' ],
    [ 'known only on the first port',   $OPEN, port => $h->port('second'), sni => 'first.example.com' ],
    [ 'refusing on the other port',     $SHUT, port => $h->port('second'), sni => 'shut.example.com' ],
    [ 'one address',                    $SHUT, port => $h->port('addresses'), to => '127.0.0.2' ],
    [ 'the other address',              $OPEN, port => $h->port('addresses'), to => '127.0.0.3' ],
    [ 'a name of the first at the other', $OPEN, port => $h->port('addresses'), to => '127.0.0.3', sni => 'two.example.com' ],
    [ 'a name of the other at the first', $SHUT, port => $h->port('addresses'), to => '127.0.0.2', sni => 'three.example.com' ],
    # SSLProtocol of the host: the version is computed from the range of that host.
    [ 'accepts only deprecated ones',   [ 'alert 70', 'alert 70', 'alert 70' ], sni => 'only-old.example.com' ],
    [ 'accepts none deprecated',        $SHUT, sni => 'only-new.example.com' ],
    [ 'accepts TLSv1.1, not refusing',  [ 'TLSv1.1', 'TLSv1.1', 'alert 70' ], sni => 'only-one.example.com' ],
) {
    my ($what, $expected, @where) = @$_;
    is_deeply(outcomes(@where), $expected, "$what: @$expected");
}

# The lines name the host that decided: one for each hello that was refused, none for
# hosts without TlsGate.
my @lines = $h->wait_sightings(12);
is(scalar @lines, 12, 'one line for each old hello that a host with TlsGate turned away, and each that it refused');
my %seen;
$seen{ $_->{tls}{client}{server_name} // 'no name' }++ for @lines;
is_deeply(\%seen, {
    'shut.example.com' => 2, 'shut-alias.example.com' => 1, 'a.shut.example.com' => 1, 'shot.example.net' => 1,
    'no name' => 2, 'unknown.example.org' => 1, 'three.example.com' => 1, 'only-old.example.com' => 2,
    'only-new.example.com' => 1,
}, 'with the names as sent') or diag(explain(\%seen));
my %cause = map { ($_->{tlsgate}{protocol} . ' of ' . $_->{tlsgate}{client_hello}{max_version} => $_->{tlsgate}{cause}) }
    grep { ($_->{tls}{client}{server_name} // '') eq 'only-old.example.com' } @lines;
is($cause{'TLSv1.1 of TLSv1.3'}, 'server-capped', 'a client that offered a newer version is not the cause') or diag(explain(\%cause));

# Without a name the default host decides the handshake, and the Host header the request.
sub status { my $r = ask(port => $h->port('second'), sni => '', @_); return $r ? $r->{status} : 'no answer' }
is(status(tls => 'TLSv1.1', host => 'open.example.com'), 200, 'no name, Host not refusing: served');
is(status(tls => 'TLSv1.1', host => 'shut.example.com'), 426, 'no name, Host refusing: rejected');
is(status(tls => 'TLSv1.3', host => 'shut.example.com'), 200, 'and a modern client is served');

# Invalid names: an answer, no crash, a valid log.
my $known = () = $h->wait_sightings(13);
for (
    [ 'an embedded NUL',         "shut.example.com\0open.example.com" ],
    [ 'only a NUL',              "\0" ],
    [ 'empty',                   '' ],
    [ '255 bytes',               'a' x 255 ],
    [ '256 bytes',               'a' x 256 ],
    [ '4000 bytes',              'b' x 4000 ],
    [ 'bytes not in UTF-8',      "\xFF\xFE\xC3(.example.com" ],
    [ 'quotes and newlines',     "\"}\n{\"x\":\"\r\n\t\\" ],
    [ 'control bytes',           join('', map {chr} 1 .. 31) x 8 ],
    [ 'a trailing dot',          'open.example.com.' ],
) {
    my ($what, $name) = @$_;
    like(say_hello(legacy => 'TLSv1', sni => $name), qr/^alert \d+$/, "$what: an alert");
    $known++;
    my @all = $h->wait_sightings($known);
    is(scalar @all, $known, "$what: a valid line");
    my $line = $all[-1];
    cmp_ok(length($line->{tls}{client}{server_name} // ''), '<=', 255, "$what: with a name of at most 255 bytes");
    unlike($line->{tls}{client}{server_name} // '', qr/\0/, "$what: without NUL");
    like(say_hello(versions => ['TLSv1.3'], sni => $name), qr/^(?:TLSv1\.3|alert \d+)$/, "$what: a modern hello is answered");
}
is(scalar(() = $h->sightings), $known, 'modern hellos leave no line');
$h->finish_ok(qr/vhost only-old\.example\.com:.*: schedule legacy refuses every client/);

# mod_ssl adds the versions that SSLOpenSSLConfCmd switches off for the SNI host to those that are off
# where the connection began, whether or not that host has an SSLProtocol. An empty name counts as none.
$h = TlsGate::Httpd->new(tls => 0, conf => $schedule . <<'CONF')->start;
Listen 127.0.0.1:@first@
Listen 127.0.0.1:@second@
Listen 127.0.0.1:@shut@
Listen 127.0.0.1:@open@
SSLCipherSuite DEFAULT:@SECLEVEL=0
SSLSessionCache shmcb:run/ssl_cache(512000)
<TlsGateSchedule to-1-2>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@first@>
    ServerName first.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
    SSLOpenSSLConfCmd Protocol -TLSv1.3
</VirtualHost>
<VirtualHost *:@first@>
    ServerName own-protocol.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@first@>
    ServerName none.example.com
    SSLEngine on
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@second@>
    ServerName first.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
</VirtualHost>
<VirtualHost *:@second@>
    ServerName off.example.com
    SSLEngine on
    SSLOpenSSLConfCmd Protocol -TLSv1.3
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@second@>
    ServerName off-own-protocol.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
    SSLOpenSSLConfCmd Protocol -TLSv1.3
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@second@>
    ServerName off-open.example.com
    SSLEngine on
    SSLOpenSSLConfCmd Protocol -TLSv1.3
</VirtualHost>
<VirtualHost *:@second@>
    ServerName own-protocol.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@second@>
    ServerName none.example.com
    SSLEngine on
    TlsGate to-1-2
</VirtualHost>
<VirtualHost *:@shut@>
    ServerName first.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@shut@>
    ServerName last.example.com
    ServerAlias *
    SSLEngine on
</VirtualHost>
<VirtualHost *:@open@>
    ServerName first.example.com
    SSLEngine on
    SSLProtocol all -SSLv3
</VirtualHost>
<VirtualHost *:@open@>
    ServerName last.example.com
    ServerAlias *
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF

my @TO_1_3 = (versions => [qw(TLSv1.3 TLSv1.2)]);
my @OLD = (legacy => 'TLSv1.1');
for (
    [ 'off where it begins, and not refusing',    'TLSv1.2',  'first',  @TO_1_3, sni => 'first.example.com' ],
    [ 'off where it begins, own SSLProtocol',     'alert 70', 'first',  @TO_1_3, sni => 'own-protocol.example.com' ],
    [ 'off where it begins, no own SSLProtocol',  'alert 70', 'first',  @TO_1_3, sni => 'none.example.com' ],
    [ 'off in the host, no own SSLProtocol',      'alert 70', 'second', @TO_1_3, sni => 'off.example.com' ],
    [ 'off in the host, own SSLProtocol',         'alert 70', 'second', @TO_1_3, sni => 'off-own-protocol.example.com' ],
    [ 'off in the host, and not refusing',        'TLSv1.2',  'second', @TO_1_3, sni => 'off-open.example.com' ],
    [ 'off nowhere, own SSLProtocol',             'TLSv1.3',  'second', @TO_1_3, sni => 'own-protocol.example.com' ],
    [ 'off nowhere, no own SSLProtocol',          'TLSv1.3',  'second', @TO_1_3, sni => 'none.example.com' ],
    [ 'the first refuses, no name',               'alert 70', 'shut',   @OLD ],
    [ 'the first refuses, an empty name',         'alert 70', 'shut',   @OLD, sni => '' ],
    [ 'the first refuses, any other name',        'TLSv1.1',  'shut',   @OLD, sni => 'any.example.org' ],
    [ 'ServerAlias * refuses, no name',           'TLSv1.1',  'open',   @OLD ],
    [ 'ServerAlias * refuses, an empty name',     'TLSv1.1',  'open',   @OLD, sni => '' ],
    [ 'ServerAlias * refuses, any other name',    'alert 70', 'open',   @OLD, sni => 'any.example.org' ],
) {
    my ($what, $expected, $port, @hello) = @$_;
    is(say_hello(port => $h->port($port), @hello), $expected, "$what: $expected");
}
@lines = $h->wait_sightings(7);
is_deeply([ sort map { join(' ', @{ $_->{tlsgate} }{qw(schedule protocol verdict cause)}) } @lines ],
    [ ('legacy TLSv1.1 refuse pinned') x 3, ('to-1-2 TLSv1.2 refuse server-capped') x 4 ],
    'each refused one has a line: TLSv1.3 was on offer, and this server does not accept it') or diag(explain(\@lines));
$h->finish_ok(map {qr/vhost $_\.example\.com:.*: schedule to-1-2 refuses every client/} qw(own-protocol none off off-own-protocol));

# Without any virtual host.
for my $case ([ 'main server, refusing', 'TlsGate legacy', $SHUT ], [ 'main server, off', 'TlsGate off', $OPEN ]) {
    my ($what, $line, $expected) = @$case;
    $h = TlsGate::Httpd->new(conf => $schedule . "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n$line\n")->start;
    is_deeply(outcomes(@$_), $expected, "$what, " . ($_->[1] // 'no name')) for [], [ sni => 'any.example.com' ];
    $h->finish_ok;
}
done_testing;
