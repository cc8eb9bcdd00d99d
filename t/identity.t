# The identity of a client: the sources of TlsGateIdentity, their order, hashes, the result
# if none yields anything, and the values in the environment and the log.
use strict;
use warnings;
use lib 't/lib';
use Digest::SHA qw(sha256_hex);
use Encode qw(decode);
use MIME::Base64 qw(encode_base64);
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

sub hashed { return 'account:sha256:' . substr(sha256_hex($_[0]), 0, 32) }
sub basic  { return 'Authorization: Basic ' . encode_base64($_[0], '') }

# The arguments of TlsGateIdentity, then requests: case, path, headers, client.
my $ip = 'ip:127.0.0.1';
my $R  = "\x{fffd}";    # for each character that a terminal would act on
my @table = (
    [ 'header:X-Account',
        [ 'a header',            '/', ['X-Account: acme'],     'account:acme' ],
        [ 'in any case',         '/', ['x-aCCOUNT: Acme'],     'account:Acme' ],
        [ 'no header',           '/', [],                      $ip ],
        [ 'an empty header',     '/', ['X-Account:'],          $ip ],
        [ 'another header',      '/', ['X-Account-Id: acme'],  $ip ],
        [ 'of the maximum length', '/', ['X-Account: ' . 'a' x 256], 'account:' . 'a' x 256 ],
        [ 'too long',            '/', ['X-Account: ' . 'b' x 257], 'account:' . 'b' x 256 ],
        [ 'cut between characters', '/', ['X-Account: ' . 'c' x 255 . "\xc3\xa9"], 'account:' . 'c' x 255 ] ],
    [ 'query:account',
        [ 'a parameter',         '/?account=acme',             [], 'account:acme' ],
        [ 'the second',          '/?a=1&account=acme&b=2',     [], 'account:acme' ],
        [ 'the first of two',    '/?account=one&account=two',  [], 'account:one' ],
        [ 'decoded',             '/?account=a%20b%2Bc+d',      [], 'account:a b+c d' ],
        [ 'no query',            '/',                          [], $ip ],
        [ 'empty',               '/?account=',                 [], $ip ],
        [ 'without a value',     '/?account',                  [], $ip ],
        [ 'a name that ends so', '/?myaccount=acme',           [], $ip ],
        [ 'a name that begins so', '/?accounts=acme',          [], $ip ],
        [ 'in another value',    '/?x=account=acme',           [], $ip ],
        [ 'badly encoded',       '/?account=a%zz',             [], $ip ],
        [ 'a line end and a terminal escape', '/?account=a%0aaccount:VIP-1%1b%5d0;title%07', [], "account:a${R}account:VIP-1${R}]0;title$R" ],
        (map { [ sprintf('control %02x', $_), sprintf('/?account=a%%%02xb', $_), [], "account:a${R}b" ] } 1 .. 31, 127),
        (map { [ sprintf('control c2 %02x', $_), sprintf('/?account=a%%c2%%%02xb', $_), [], "account:a${R}b" ] } 0x80, 0x85, 0x9B, 0x9F),
        (map { [ "mark $_", '/?account=a' . s/(..)/%$1/gr . 'b', [], "account:a${R}b" ] }
            qw(d89c e2808e e2808f e280a8 e280a9 e280aa e280ab e280ac e280ad e280ae e281a6 e281a7 e281a8 e281a9)),
        [ 'characters that are not', '/?account=%c2%a0%d8%9b%e2%80%8d%e2%80%af%e2%81%a5', [], "account:\x{a0}\x{61b}\x{200d}\x{202f}\x{2065}" ],
        [ 'cut between replacements', '/?account=' . '%07' x 86, [], 'account:' . $R x 85 ] ],
    [ 'basic',
        [ 'a user',              '/', [ basic('alice:pw') ],   'account:alice' ],
        [ 'colons in the password', '/', [ basic('alice:p:w') ], 'account:alice' ],
        [ 'no password',         '/', [ basic('alice') ],      'account:alice' ],
        [ 'a scheme in lower case', '/', [ basic('alice:pw') =~ s/Basic/basic/r ], 'account:alice' ],
        [ 'no user',             '/', [ basic(':pw') ],        $ip ],
        [ 'another scheme',      '/', ['Authorization: Bearer abc'], $ip ],
        [ 'no base64',           '/', ['Authorization: Basic ****'], $ip ] ],
    [ 'header:X-Account query:account basic',
        [ 'all three',           '/?account=two', [ 'X-Account: one', basic('three:pw') ], 'account:one' ],
        [ 'the last two',        '/?account=two', [ basic('three:pw') ],  'account:two' ],
        [ 'an empty first',      '/?account=two', ['X-Account:'],         'account:two' ],
        [ 'the last',            '/',             [ basic('three:pw') ],  'account:three' ],
        [ 'none',                '/',             [],                     $ip ] ],
    [ 'basic header:X-Account',
        [ 'the other order',     '/', [ 'X-Account: one', basic('three:pw') ], 'account:three' ] ],
    [ 'hash:query:api_key hash:header:X-Token hash:basic',
        [ 'a hashed parameter',  '/?api_key=s%33cret', [],                hashed('s3cret') ],
        [ 'a hashed header',     '/', ['X-Token: s3cret'],                hashed('s3cret') ],
        [ 'a hashed user',       '/', [ basic('alice:pw') ],              hashed('alice') ],
        [ 'nothing to hash',     '/', [],                                 $ip ] ],
    [ '"expr:%{HTTP:X-Tenant}/%{HTTP_HOST}"',
        [ 'an expression',       '/', ['X-Tenant: t1'],                   'account:t1/localhost' ] ],
    [ '"expr:%{HTTP:X-Tenant}" header:X-Account',
        [ 'an expression that yields nothing', '/', ['X-Account: acme'],  'account:acme' ] ],
    [ '"hash:expr:%{HTTP:X-Tenant}"',
        [ 'a hashed expression', '/', ['X-Tenant: t1'],                   hashed('t1') ] ],
    [ undef,
        [ 'nothing configured',  '/?account=a', [ 'X-Account: a', basic('a:pw') ], $ip ] ],
);

my $conf = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 cleartext
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
Header always set X-Client "%{TLSGATE_CLIENT}e"
Listen @cert@
Listen @hashcert@
Listen @anycert@
Listen @inherits@
<VirtualHost *:@cert@>
    SSLEngine on
    SSLVerifyClient optional
    SSLCACertificateFile $DIR/client.cert
    TlsGateIdentity cert:subject header:X-Account
</VirtualHost>
<VirtualHost *:@anycert@>
    SSLEngine on
    SSLVerifyClient optional_no_ca
    TlsGateIdentity cert:subject header:X-Account
</VirtualHost>
<VirtualHost *:@hashcert@>
    SSLEngine on
    SSLVerifyClient optional
    SSLCACertificateFile $DIR/client.cert
    TlsGateIdentity hash:cert:subject
</VirtualHost>
TlsGateIdentity header:X-Main
<VirtualHost *:@inherits@>
</VirtualHost>
CONF
# One vhost for each; the one that configures nothing must not inherit the main server's
# TlsGateIdentity, so it is in another server.
for my $i (0 .. $#table) {
    next unless defined $table[$i][0];
    $conf .= "Listen \@v$i\@\n<VirtualHost *:\@v$i\@>\n    TlsGateIdentity $table[$i][0]\n</VirtualHost>\n";
}
my $h = TlsGate::Httpd->new(conf => $conf);

# A self-signed client certificate.
my ($cert, $key) = map { $h->dir . "/client.$_" } qw(cert key);
$h->write_file('openssl.cnf', "[req]\ndistinguished_name=dn\n[dn]\n");
system("openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj '/O=Acme Ltd/CN=client-7' -config "
     . $h->dir . "/openssl.cnf -keyout $key -out $cert 2>" . $h->dir . '/openssl.log') == 0 or die 'openssl req failed';
$h->start;

my $bare = TlsGate::Httpd->new(conf => <<'CONF');
Listen @http@
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
Header always set X-Client "%{TLSGATE_CLIENT}e"
CONF
$bare->start;

my %lines = ($h => 0, $bare => 0);
for my $i (0 .. $#table) {
    my ($sources, @requests) = @{ $table[$i] };
    my ($server, $port) = defined $sources ? ($h, "v$i") : ($bare, 'http');
    for (@requests) {
        my ($name, $path, $headers, $client) = @$_;
        $name = ($sources // '-') . ": $name";
        my $r = ask(port => $server->port($port), path => $path, headers => $headers);
        is(decode('UTF-8', $r->{headers}{'x-client'}), $client, "$name: TLSGATE_CLIENT");
        my $line = ($server->wait_sightings(++$lines{$server}))[-1];
        is($line->{tlsgate}{client}, $client, "$name: the log");
        is($line->{user}{id}, $client =~ /^account:(.*)/s ? $1 : undef, "$name: user.id");
    }
}

# --- certificates ---------------------------------------------------------------
my @with = (tls => 'TLSv1', cert => $cert, key => $key);
my $subject = 'CN=client-7,O=Acme Ltd';
for my $c (
    [ 'a certificate',        'cert', [@with], [],                 "cert:$subject" ],
    [ 'a certificate, first', 'cert', [@with], ['X-Account: acme'], "cert:$subject" ],
    [ 'an unverified one', 'anycert', [@with], ['X-Account: acme'], 'account:acme' ],
    [ 'no certificate',       'cert', [ tls => 'TLSv1' ], ['X-Account: acme'], 'account:acme' ],
    [ 'a hashed certificate', 'hashcert', [@with], [], 'cert:sha256:' . substr(sha256_hex($subject), 0, 32) ],
    [ 'none to hash',         'hashcert', [ tls => 'TLSv1' ], [], $ip ],
) {
    my ($name, $port, $how, $headers, $client) = @$c;
    my $r = ask(port => $h->port($port), @$how, headers => $headers);
    is($r->{headers}{'x-client'}, $client, "$name: TLSGATE_CLIENT");
    my $line = ($h->wait_sightings(++$lines{$h}))[-1];
    is($line->{tlsgate}{client}, $client, "$name: the log");
    is($line->{user}{id}, $client =~ /^account:(.*)/ ? $1 : undef, "$name: user.id only for an account");
}

# --- vhosts, kept connections, modern clients --------------------------------------
is(ask(port => $h->port('inherits'), headers => ['X-Main: m'])->{headers}{'x-client'}, 'account:m',
    'a vhost has the sources of the main server');
is(ask(port => $h->port('v0'), headers => ['X-Main: m'])->{headers}{'x-client'}, $ip, 'unless it has its own');

my $kept = connect_to(port => $h->port('v0'));
is(ask(on => $kept, headers => ["X-Account: $_"])->{headers}{'x-client'}, "account:$_", "one connection, account $_")
    for qw(a b c);
is(ask(on => $kept)->{headers}{'x-client'}, $ip, 'one connection, no account');
is(ask(port => $h->port('cert'), tls => 'TLSv1.2', headers => ['X-Account: acme'])->{headers}{'x-client'}, '(null)',
    'no TLSGATE_CLIENT for a modern client');
$h->finish_ok;
$bare->finish_ok;

# --- names that look like secrets ----------------------------------------------------
for my $source (qw(header:Authorization header:Cookie query:api_key query:access_token header:X-Client-Secret query:APIKEY)) {
    my ($rc, $said) = TlsGate::Httpd->new(tls => 0, conf => "TlsGateIdentity $source\n")->configtest;
    isnt($rc, 0, "$source: refused");
    like($said, qr/TlsGateIdentity "\Q$source\E": .*secret.*; write hash:\Q$source\E/, "$source: says why, and what to write");
}
done_testing;
