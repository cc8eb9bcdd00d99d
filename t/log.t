# The log of sightings: one line of NDJSON for each deprecated request in every
# phase, with the names of the Elastic Common Schema, and none for a modern one.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask connect_to read_response);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(
    modules => [qw(proxy proxy_http)],
    clock   => '2018-05-01T00:00:00Z',
    conf    => <<'CONF',
Listen @tls@
Listen @own@
Listen @http@
Listen @backend@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateGrace     2018-08-07T15:25Z/2018-08-21T09:00Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy plain
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with -Dhttps.protocols=TLSv1.2" ua=Java
RewriteEngine on
<VirtualHost *:@tls@>
    ServerName one.example.com
    SSLEngine on
    ErrorDocument 404 /missing.html
    ErrorDocument 426 /sorry.html
    Redirect 301 /moved /index.html
    RewriteEngine on
    RewriteRule ^/inside$ /index.html
    ProxyPass /proxied/ http://127.0.0.1:@backend@/
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName two.example.com
    SSLEngine on
    TlsGateLog $DIR/logs/tlsgate.ndjson
</VirtualHost>
<VirtualHost *:@own@>
    ServerName own.example.com
    SSLEngine on
    TlsGateLog logs/own.ndjson
</VirtualHost>
<VirtualHost *:@backend@>
    TlsGate off
    RewriteEngine on
    RewriteRule ^/busy - [R=503,L]
</VirtualHost>
CONF
);
$h->write_file('htdocs/missing.html', "nothing here\n");
$h->write_file('htdocs/sorry.html', "sorry\n");
$h->start;

my $expected = 0;

# Sends a request and waits for its line. Returns it with the answer.
sub seen {
    my (%o) = @_;
    my $r = ask(port => $h->port, tls => 'TLSv1', sni => 'one.example.com', %o);
    my @lines = $h->wait_sightings(++$expected);
    is(scalar @lines, $expected, 'one line: ' . ($o{method} // 'GET') . ' ' . ($o{path} // $o{name} // '/'));
    return ($lines[-1], $r);
}

# The members of an object and of nested ones, as ECS writes them: with dots.
sub members {
    my ($object, $prefix) = @_;
    return map { ref $object->{$_} eq 'HASH' ? members($object->{$_}, "$prefix$_.") : "$prefix$_" }
        sort keys %$object;
}

# --- every phase -----------------------------------------------------------------
for my $c (
    [ '2018-05-31T23:59:58Z', 'observe',   'observe', 200 ],
    [ '2018-06-01T00:00:00Z', 'announced', 'warn',    200 ],
    [ '2018-07-10T09:00:00Z', 'trial',     'reject',  426 ],
    [ '2018-08-07T08:40:00Z', 'cutoff',    'reject',  426 ],
    [ '2018-08-07T15:25:00Z', 'grace',     'warn',    200 ],
    [ '2018-11-01T00:00:00Z', 'refuse',    'refuse',  undef ],
) {
    my ($clock, $phase, $verdict, $status) = @$c;
    $h->set_clock($clock);
    my ($line, $r) = seen();
    is($line->{tlsgate}{phase},   $phase,   "$clock: phase");
    is($line->{tlsgate}{verdict}, $verdict, "$phase: verdict");
    is($r->{status}, $status, "$phase: the client got " . ($status // 'no answer'));
    is($line->{http}{response}{status_code}, $status, "$phase: and so does the log");
    is($line->{tls}{established}, defined $status ? JSON::PP::true : JSON::PP::false, "$phase: tls.established");
    like($line->{'@timestamp'}, qr/^\Q@{[substr $clock, 0, 16]}\E:\d\d\.\d{3}Z$/, "$phase: UTC, milliseconds");
}

# --- the content of a line ---------------------------------------------------------
$h->set_clock('2018-06-01T00:00:00Z');
my ($line) = seen(path => '/index.html?token=s3cret', headers => [ 'X-Account: acme', 'User-Agent: Java/1.7.0_80' ]);
is_deeply([ members($line, '') ], [ sort qw(
    @timestamp client.ip client.port ecs.version http.request.method http.response.status_code
    tls.cipher tls.client.ja4 tls.client.server_name tls.curve tls.established tls.version tls.version_protocol
    tlsgate.advice tlsgate.cause tlsgate.cipher tlsgate.client tlsgate.client_hello.max_version tlsgate.client_hello.versions tlsgate.enforced tlsgate.exemption tlsgate.override tlsgate.phase
    tlsgate.protocol tlsgate.schedule tlsgate.test tlsgate.verdict
    url.domain url.path user.id user_agent.original) ], 'the members of a line');
my %fact = (
    'client.ip' => '127.0.0.1', 'tlsgate.cause' => 'pinned', 'tlsgate.client_hello.max_version' => 'TLSv1',
    'http.request.method' => 'GET', 'tls.client.server_name' => 'one.example.com',
    'tls.version' => '1.0', 'tls.version_protocol' => 'tls', 'tlsgate.protocol' => 'TLSv1',
    'tlsgate.client' => 'account:acme', 'tlsgate.schedule' => 'legacy', 'url.domain' => 'one.example.com',
    'url.path' => '/index.html', 'user.id' => 'acme', 'user_agent.original' => 'Java/1.7.0_80',
    'tlsgate.advice' => 'Start it with -Dhttps.protocols=TLSv1.2',
);
for my $name (sort keys %fact) {
    my $value = $line;
    $value = $value->{$_} for split(/\./, $name);
    is($value, $fact{$name}, "$name is $fact{$name}");
}
like($line->{ecs}{version}, qr/^8\.\d+/, 'ecs.version');
like($line->{tls}{cipher}, qr/^TLS_\w+_WITH_\w+_SHA$/, 'tls.cipher by its name at IANA');
like($line->{tlsgate}{cipher}, qr/^[A-Z0-9]+(?:-[A-Z0-9]+)*-SHA$/, 'tlsgate.cipher by that of OpenSSL');
like($line->{tls}{curve}, qr{^(?:x25519|secp\w+)$}, "tls.curve likewise");
is($line->{tlsgate}{override},  undef, 'no override: null');
is($line->{tlsgate}{exemption}, undef, 'no exemption: null');
for ([ $line->{tls}{established}, 1, 'tls.established' ], [ $line->{tlsgate}{enforced}, 1, 'tlsgate.enforced' ],
     [ $line->{tlsgate}{test}, 0, 'tlsgate.test' ]) {
    ok(JSON::PP::is_bool($_->[0]) && !!$_->[0] == $_->[1], "$_->[2] is " . ($_->[1] ? 'true' : 'false'));
}

is_deeply($line->{tlsgate}{client_hello}{versions}, ['TLSv1'], 'tlsgate.client_hello.versions');
# JA4: TLS 1.0, a server name, the numbers of ciphers and extensions, no ALPN.
like($line->{tls}{client}{ja4}, qr/^t10d\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}$/, 'tls.client.ja4');

my $mine = connect_to(port => $h->port, tls => 'TLSv1.1', sni => 'one.example.com');
my $port = $mine->sockport;
($line) = seen(on => $mine);
is($line->{client}{port}, $port, 'client.port is that of the connection');
is($line->{tls}{version}, '1.1', 'TLSv1.1: tls.version');
is_deeply($line->{tlsgate}{client_hello}, { max_version => 'TLSv1.1', versions => [ 'TLSv1', 'TLSv1.1' ] },
    'TLSv1.1: the offer');
close $mine;
is($line->{tlsgate}{protocol}, 'TLSv1.1', "TLSv1.1: tlsgate.protocol is httpd's spelling");
is($line->{user_agent}, undef, 'no user agent: no member');
is($line->{user}, undef, 'no account: no user.id');
is($line->{tlsgate}{client}, 'ip:127.0.0.1', 'no account: the address');

($line) = seen(tls => undef, port => $h->port('http'));
is($line->{tlsgate}{protocol}, 'cleartext', 'cleartext: tlsgate.protocol');
is($line->{tlsgate}{schedule}, 'plain', 'cleartext: the schedule that concerns it');
is($line->{tls}, undef, 'cleartext: nothing about TLS');
is($line->{tlsgate}{$_}, undef, "cleartext: no $_") for qw(client_hello cause alert);

# --- a handshake that failed ---------------------------------------------------------
$h->set_clock('2018-11-01T00:00:00Z');
my ($failed, $none) = seen(headers => [ 'X-Account: acme', 'User-Agent: Java/1.7.0_80' ], name => 'a handshake');
is($none, undef, 'Refuse: no answer');
is_deeply([ members($failed, '') ], [ sort qw(
    @timestamp client.ip client.port ecs.version tls.client.ja4 tls.client.server_name tls.established tls.version
    tls.version_protocol tlsgate.alert tlsgate.cause tlsgate.client tlsgate.client_hello.max_version
    tlsgate.client_hello.versions tlsgate.enforced tlsgate.exemption tlsgate.override tlsgate.phase tlsgate.protocol
    tlsgate.schedule tlsgate.test tlsgate.verdict) ], 'the members of its line: nothing of HTTP, and no cipher');
%fact = (
    'client.ip' => '127.0.0.1', 'tls.client.server_name' => 'one.example.com', 'tls.version' => '1.0',
    'tlsgate.alert' => 'protocol_version', 'tlsgate.cause' => 'pinned', 'tlsgate.client' => 'ip:127.0.0.1',
    'tlsgate.client_hello.max_version' => 'TLSv1', 'tlsgate.phase' => 'refuse', 'tlsgate.protocol' => 'TLSv1',
    'tlsgate.schedule' => 'legacy', 'tlsgate.verdict' => 'refuse',
);
for my $name (sort keys %fact) {
    my $value = $failed;
    $value = $value->{$_} for split(/\./, $name);
    is($value, $fact{$name}, "a failed handshake: $name is $fact{$name}");
}
ok(!$failed->{tls}{established}, 'a failed handshake: tls.established is false');
$h->set_clock('2018-06-01T00:00:00Z');

# --- the status as sent --------------------------------------------------------------
for my $c (
    [ '/', 200 ], [ '/nowhere?x=1', 404, 'an ErrorDocument' ], [ '/moved', 301 ], [ '/inside', 200, 'a rewrite' ],
    [ '/proxied/index.html', 200 ], [ '/proxied/busy', 503 ], [ '/proxied/nowhere', 404 ],
) {
    my ($path, $status, $what) = @$c;
    my ($l, $r) = seen(path => $path);
    is($r->{status}, $status, "$path: $status" . ($what ? ", $what" : ''));
    is($l->{http}{response}{status_code}, $status, "$path: logged as sent");
    is($l->{url}{path}, $path =~ s/\?.*//r, "$path: the path as it was asked for, without the query");
}
for my $c ([ 'POST', 200 ], [ 'HEAD', 200 ], [ 'DELETE', 405 ], [ 'TRACE', 200 ], [ 'BREW', 501 ]) {
    my ($l, $r) = seen(method => $c->[0], path => '/index.html', ($c->[0] eq 'POST' ? (body => 'x') : ()));
    is($l->{http}{request}{method}, $c->[0], "$c->[0]: http.request.method");
    is($l->{http}{response}{status_code}, $r->{status}, "$c->[0]: logged as sent ($r->{status})");
}
($line) = seen(raw => "OPTIONS * HTTP/1.1\r\nHost: one.example.com\r\nConnection: close\r\n\r\n", name => 'OPTIONS *');
is($line->{url}{path}, '*', 'OPTIONS *: url.path');
my ($modified, $same) = seen(path => '/index.html', headers => [ 'If-None-Match: *' ]);
is($same->{status}, 304, 'a conditional request: 304');
is($modified->{http}{response}{status_code}, 304, 'a conditional request: logged as sent');

$h->set_clock('2018-08-07T08:40:00Z');
my ($rejected, $answer) = seen(path => '/index.html');
is($answer->{body}, "sorry\n", 'rejected with an ErrorDocument');
is($rejected->{http}{response}{status_code}, 426, 'an ErrorDocument for a rejection: logged as sent');
is($rejected->{url}{path}, '/index.html', 'an ErrorDocument for a rejection: the path that was asked for');

# --- connections that are kept -----------------------------------------------------
$h->set_clock('2018-06-01T00:00:00Z');
my $kept = connect_to(port => $h->port, tls => 'TLSv1', sni => 'one.example.com');
seen(on => $kept, path => "/index.html?$_") for 1 .. 3;
my @order = map {"/p$_"} 1 .. 5;
print $kept join('', map {"GET $_ HTTP/1.1\r\nHost: one.example.com\r\n\r\n"} @order);
read_response($kept) for @order;
my @lines = $h->wait_sightings($expected += 5);
is_deeply([ map { $_->{url}{path} } @lines[ -5 .. -1 ] ], \@order, 'five requests in a pipeline: five lines, in order');
undef $kept;

# --- logs of virtual hosts ---------------------------------------------------------
($line) = seen(sni => 'two.example.com');
is($line->{url}{domain}, 'two.example.com', 'another vhost that names the same file');
ask(port => $h->port('own'), tls => 'TLSv1', sni => 'own.example.com');
my @own = $h->wait_sightings(1, 'logs/own.ndjson');
is(scalar @own, 1, 'a vhost with a log of its own');
is($own[0]{url}{domain}, 'own.example.com', 'it has its line');
is(ask(port => $h->port, tls => $_, sni => 'one.example.com')->{status}, 200, "$_ is served")
    for 'TLSv1.2', 'TLSv1.3';
is(ask(port => $h->port('backend'))->{status}, 200, 'a vhost with TlsGate off is served');
seen();
is(scalar(() = $h->sightings('logs/own.ndjson')), 1, 'the other log has no line of theirs');

my $mode = (stat($h->dir . '/logs/tlsgate.ndjson'))[2] & 07777;
is($mode & 07, 0, sprintf('the log is not readable for everyone: %04o', $mode));
is($mode & 0600, 0600, 'its owner reads and writes it');
my $raw = TlsGate::Httpd::slurp($h->dir . '/logs/tlsgate.ndjson');
is(scalar(() = $raw =~ /\n/g), $expected, 'a newline ends each line, and nothing else');
unlike($raw, qr/s3cret/, 'no query anywhere');
$h->finish_ok(qr{AH00135: Invalid method in request BREW});

# --- without TlsGateLog --------------------------------------------------------------
my $quiet = TlsGate::Httpd->new(conf => <<'CONF');
Listen @http@
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy
CONF
$quiet->start;
is(ask(port => $quiet->port('http'))->{status}, 200, 'without TlsGateLog: served');
is(scalar(() = $quiet->error_log =~ /tlsgate:notice\].*TlsGateLog/g), 1, 'one message at the start that nothing is recorded');
is_deeply([ glob($quiet->dir . '/logs/*ndjson*') ], [], 'nothing is written');
$quiet->finish_ok;
done_testing;
