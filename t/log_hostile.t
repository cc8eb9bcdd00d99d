# Whatever clients send, the log stays NDJSON: valid UTF-8, one line each, at most
# 4,096 bytes with the newline, with the cut fields named; and no secret gets into it.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my $conf = <<'CONF';
Listen @tls@
Listen @http@
Listen @hash@
Listen @strict@
LogLevel notice tlsgate:trace8
# So that httpd itself rejects as little as possible.
HttpProtocolOptions Unsafe
LimitRequestLine 40000
LimitRequestFieldSize 40000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account query:account basic
RemoteIPHeader X-Forwarded-For
RemoteIPTrustedProxy 127.0.0.1
RewriteEngine on
RewriteRule ^/long /index.html
<VirtualHost *:@tls@>
    SSLEngine on
    RewriteEngine on
    RewriteRule ^/long /index.html
</VirtualHost>
<VirtualHost *:@strict@>
    HttpProtocolOptions Strict
</VirtualHost>
<VirtualHost *:@hash@>
    TlsGateIdentity hash:query:api_key hash:header:X-Token hash:basic
    TlsGateLog logs/hash.ndjson
    Header always set X-Client "%{TLSGATE_CLIENT}e"
    <Location /tlsverification>
        SetHandler tlsgate-verify
    </Location>
    <Location /rejected>
        TlsGate legacy as=cutoff
    </Location>
</VirtualHost>
CONF
my $h = TlsGate::Httpd->new(modules => ['remoteip'], conf => $conf);
$h->start;

my $file = $h->dir . '/logs/tlsgate.ndjson';
my $told = 0; # answers with headers of a schedule: each has its line

sub lines { my ($f) = @_; my @l = split(/(?<=\n)/, TlsGate::Httpd::slurp($f // $file)); return @l }

# RFC 3629, section 4.
my $utf8 = qr/(?:[\x00-\x7f] | [\xc2-\xdf][\x80-\xbf] | \xe0[\xa0-\xbf][\x80-\xbf]
    | [\xe1-\xec\xee\xef][\x80-\xbf]{2} | \xed[\x80-\x9f][\x80-\xbf] | \xf0[\x90-\xbf][\x80-\xbf]{2}
    | [\xf1-\xf3][\x80-\xbf]{3} | \xf4[\x80-\x8f][\x80-\xbf]{2})*/x;

# The fault of a line; empty if it has none.
sub fault {
    my ($line) = @_;
    return 'no newline at the end' unless $line =~ s/\n\z//;
    return 'a line of ' . length($line) if length($line) > 4095;
    return 'no UTF-8' unless $line =~ /\A$utf8\z/;
    return 'a control byte' if $line =~ /[\x00-\x1f]/;
    return "no JSON: $@" unless ref eval { JSON::PP->new->utf8->decode($line) };
    return '';
}

# Sends a request over cleartext and returns the answer.
sub send_it {
    my (%o) = @_;
    my $r = ask(port => $h->port('http'), %o) or return;
    $told++ if ($r->{headers}{deprecation} // '') eq '@1527811200';
    return $r;
}

# The same, with its sighting.
sub seen {
    my (%o) = @_;
    my $r = send_it(%o);
    is(($r || {})->{headers}{deprecation}, '@1527811200', "$o{name}: the gate saw it");
    $h->wait_until(sub { lines() >= $told });
    my $line = (lines())[-1];
    is(fault($line), '', "$o{name}: a complete line");
    return JSON::PP->new->utf8->decode($line);
}

# --- bytes ---------------------------------------------------------------------------
my $bad = "\x{FFFD}";
for my $c (
    [ 'quotes',              q{say "hi" \\ 'x'},    q{say "hi" \\ 'x'} ],
    [ 'JSON in JSON',        q({"a":"b"},),         q({"a":"b"},) ],
    [ 'a tab',               "a\tb",                "a${bad}b" ],
    [ 'control bytes',       "a\x01\x1b[31m\x7fb",  "a$bad${bad}[31m${bad}b" ],
    [ 'UTF-8',               "caf\xc3\xa9 \xf0\x9f\x90\xab", "caf\x{e9} \x{1F42B}" ],
    [ 'Latin-1',             "caf\xe9",             "caf$bad" ],
    [ 'a lone continuation', "a\x80b",              "a${bad}b" ],
    [ 'a cut sequence',      "a\xe2\x82",           "a$bad$bad" ],
    [ 'overlong',            "\xc0\xaf",            $bad x 2 ],
    [ 'a surrogate',         "\xed\xa0\x80",        $bad x 3 ],
    [ 'above U+10FFFF',      "\xf4\x90\x80\x80",    $bad x 4 ],
    [ 'bytes not in UTF-8',  "\xfe\xff",            $bad x 2 ],
) {
    my ($name, $ua, $logged) = @$c;
    is(seen(name => $name, headers => ["User-Agent: $ua"])->{user_agent}{original}, $logged, "$name: as text");
}
for my $c (
    [ 'a newline in the query', 'a%0ab', "a${bad}b" ],
    [ '%ff in the query', 'a%ffb', "a${bad}b" ],
    [ 'a quote in the query', '%22%5c', '"\\' ],
) {
    my $s = seen(name => $c->[0], path => "/?account=$c->[1]");
    is($s->{user}{id}, $c->[2], "$c->[0]: user.id");
    is($s->{tlsgate}{client}, "account:$c->[2]", "$c->[0]: tlsgate.client");
}
unlike(seen(name => '%00 in the query', path => '/?account=a%00b')->{user}{id} // '', qr/b/,
    '%00 in the query: nothing after it');
for my $c ([ "o\n\"dd\x01", "o$bad\"dd$bad" ], [ "\xff\xc3", $bad x 2 ], [ 'plain', 'plain' ]) {
    my $s = seen(name => 'an odd basic user', headers => [ 'Authorization: Basic ' . encode_base64("$c->[0]:pw", '') ]);
    is($s->{user}{id}, $c->[1], 'an odd basic user: as text');
}

# --- lengths -------------------------------------------------------------------------
my $s = seen(name => 'a user agent of 8 KB', headers => [ 'User-Agent: ' . 'u' x 8000 ]);
is_deeply($s->{tlsgate}{truncated}, ['user_agent.original'], 'a user agent of 8 KB: named');
like($s->{user_agent}{original}, qr/^u{256,}$/, 'a user agent of 8 KB: its beginning is kept');

$s = seen(name => 'a path of 30 KB', path => '/long' . 'p' x 30_000);
is_deeply($s->{tlsgate}{truncated}, ['url.path'], 'a path of 30 KB: named');
like($s->{url}{path}, qr{^/longp{128,}$}, 'a path of 30 KB: its beginning is kept');

$s = seen(name => 'a long Host', host => join('.', ('h' x 60) x 100));
is_deeply($s->{tlsgate}{truncated}, ['url.domain'], 'a long Host: named');

$s = seen(name => 'a long method', method => 'M' x 3000);
is_deeply($s->{tlsgate}{truncated}, ['http.request.method'], 'a long method: named');

$s = seen(name => 'a long account', headers => [ 'X-Account: ' . 'a' x 1000 ]);
is($s->{user}{id}, 'a' x 256, 'a long account: cut at 256');
ok(scalar(grep { $_ eq 'user.id' } @{ $s->{tlsgate}{truncated} || [] }), 'a long account: named');

$s = seen(name => 'a long SNI', port => $h->port, tls => 'TLSv1', host => 'localhost', sni => 's' x 255);
is($s->{tls}{client}{server_name}, 's' x 255, 'a long SNI: whole');
ok(!$s->{tlsgate}{truncated}, 'a long SNI: nothing was cut');
$s = seen(name => 'an SNI of odd bytes', port => $h->port, tls => 'TLSv1', host => 'localhost', sni => "a\"\\\x01\xff\xc3\xa9");
is($s->{tls}{client}{server_name}, "a\"\\$bad$bad\x{e9}", 'an SNI of odd bytes: as text');
$s = seen(name => 'a long SNI of odd bytes', port => $h->port, tls => 'TLSv1', host => 'localhost', sni => "\xff" x 255);
ok(scalar(grep { $_ eq 'tls.client.server_name' } @{ $s->{tlsgate}{truncated} || [] }), 'a long SNI of odd bytes: named');

# All at once: the identity is never cut.
my $ip = '2001:db8:1111:2222:3333:4444:5555:6666';
for my $byte ('"', "\x01", "\xff", "\xc3\xa9", 'x') {
    my $name = sprintf('everything long, of 0x%s', unpack('H*', $byte));
    $s = seen(name => $name, path => '/long' . 'p' x 8000, headers => [
        "X-Forwarded-For: $ip", 'X-Account: acme', 'User-Agent: ' . $byte x 8000 ]);
    is($s->{client}{ip}, $ip, "$name: the address is whole");
    is($s->{tlsgate}{client}, 'account:acme', "$name: the client is whole");
    ok(scalar(grep { $_ eq 'user_agent.original' } @{ $s->{tlsgate}{truncated} }), "$name: the cut is named");
}
$s = seen(name => 'everything long and odd', port => $h->port, tls => 'TLSv1', sni => "\x01" x 255, host => 'h' x 300,
    path => '/long' . '%02' x 4000, method => 'GET', headers => [ "X-Forwarded-For: $ip", 'User-Agent: ' . "\x01" x 8000,
    'X-Account: ' . "\x01" x 8000 ]);
is($s->{client}{ip}, $ip, 'everything long and odd: the address is whole');
like($s->{tls}{cipher}, qr/^TLS_\w+_SHA$/, 'everything long and odd: the cipher is whole');

# --- at random -----------------------------------------------------------------------
srand(20180710);
sub noise { my ($from, $max) = @_; return join('', map { chr($from + int rand(256 - $from)) } 1 .. 1 + int rand $max) }
# The bytes that each of the two ports accepts in a header.
my %kept_out = (http => qr/[\n\x0b\f\r]/, strict => qr/[\x00-\x08\x0a-\x1f\x7f]/);
sub header { my ($port, $max) = @_; return noise(1, $max) =~ s/$kept_out{$port}/?/gr }
sub encoded { my ($max) = @_; return join('', map { sprintf(rand() < .5 ? '%%%02x' : '%%%02X', ord) } split(//, noise($_[1] // 0, $max))) }
my $answered = 0;
for my $i (1 .. 200) {
    my $port = $i % 2 ? 'http' : 'strict';
    my $r = send_it(
        port => $h->port($port),
        path => '/' . encoded(30, 1) . ($i % 3 ? '?account=' . encoded(300) : ''),
        headers => [ 'User-Agent: ' . header($port, 2500), ($i % 5 ? () : 'X-Account: ' . header($port, 600)),
                     'Authorization: Basic ' . encode_base64(noise(0, 300), '') ],
    );
    $answered++ if $r && $r->{status};
}
is($answered, 200, '200 random requests: each is answered');
$h->wait_until(sub { lines() >= $told });
my @lines = lines();
cmp_ok(scalar @lines, '>=', $told, 'each that reached the gate has its line');
my @faults = grep { length } map { fault($_) } @lines;
is_deeply(\@faults, [], 'every line is complete: ' . @lines);
cmp_ok($told, '>', 200, 'enough of them reached the gate');

# --- secrets ---------------------------------------------------------------------------
my %secret = (password => 'pw-7Hq2', bearer => 'tok-9Zx4', cookie => 'sess-5Kd8', query => 'key-3Vb6', referer => 'ref-1Nm0',
    header => 'hdr-8Ws5', body => 'bod-2Gt7');
for my $path ('/', '/rejected/x', '/tlsverification', '/nowhere') {
    for my $query ("?api_key=$secret{query}&x=1", '') {
        for my $credentials ('Basic ' . encode_base64("alice:$secret{password}", ''), "Bearer $secret{bearer}") {
            my $r = ask(port => $h->port('hash'), method => 'POST', path => "$path$query", body => $secret{body}, headers => [
                "Authorization: $credentials", "Cookie: session=$secret{cookie}", "X-Token: $secret{header}",
                "Referer: http://example.com/?t=$secret{referer}" ]);
            my $all = join("\n", @{ $r->{lines} }, $r->{body});
            is_deeply([ grep { index($all, $_) >= 0 } values %secret ], [], "$path: no secret in the answer");
            like($r->{headers}{'x-client'}, qr/^account:sha256:[0-9a-f]{32}$/, "$path: TLSGATE_CLIENT is a hash");
            is(json_of($r)->{client}, $r->{headers}{'x-client'}, "$path: and so is the client of the page")
                if $path eq '/tlsverification';
        }
    }
}
my @hashed = $h->wait_sightings(16, 'logs/hash.ndjson');
is(scalar @hashed, 16, 'a line for each');
my $written = join('', map { TlsGate::Httpd::slurp($_) } glob($h->dir . '/logs/*'));
is_deeply([ grep { index($written, $_) >= 0 } values %secret ], [], 'no secret in any log');
is_deeply([ grep { $_->{user}{id} !~ /^sha256:[0-9a-f]{32}$/ } @hashed ], [], 'user.id is a hash');
is_deeply([ grep { $_->{tlsgate}{client} ne "account:$_->{user}{id}" } @hashed ], [], 'tlsgate.client is the same hash');
is(scalar(keys %{ { map { $_->{user}{id} => 1 } @hashed } }), 2, 'the same secret has the same hash; another has another');
$h->finish_ok(qr/AH00135: Invalid method/);
done_testing;
