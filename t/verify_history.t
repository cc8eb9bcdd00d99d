# TlsGateVerifyHistory: on tlsgate-verify a caller reads what it used before, if nobody else can be taken
# for it; of others, and by what anyone can write, it reads nothing.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use Digest::SHA qw(sha1_base64);
use MIME::Base64 qw(encode_base64);
use Test::More;
use TlsGate::Client qw(ask json_of readable);
use TlsGate::Httpd;

my $h;
sub begin {
    my ($switch, $identity, %o) = @_;
    my $login = $o{login} // "AuthType Basic\n    AuthName test\n    AuthUserFile \$DIR/users\n    " . ($o{require} // 'Require valid-user');
    $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', modules => [qw(auth_basic authn_core authn_file authz_user), @{ $o{modules} // [] }], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
SSLEngine on
${\ ($o{tls} // '') }
$switch
TlsGateIdentity $identity
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule unborn>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2019-06-01T00:00Z
    TlsGateCutoff    2020-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy unborn
<Location /verify>
    SetHandler tlsgate-verify
    $login
</Location>
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
    $h->write_file('users', join('', map { "$_:{SHA}" . sha1_base64("pw-$_") . "=\n" } qw(alice bob)));
    $h->stop_clock('2018-07-10T09:00:00Z');
    return $h->start;
}
sub basic { my ($user, $pw) = @_; return 'Authorization: Basic ' . encode_base64("$user:" . ($pw // "pw-$user"), '') }
sub visit { my ($tls, $path, @headers) = @_; return ask(port => $h->port, tls => $tls, path => $path, headers => \@headers) }
sub verify { my ($type, @headers) = @_; return visit('TLSv1.3', '/verify', "Accept: $type", @headers) }
sub history { my $r = verify('application/json', @_); return $r->{status} == 200 ? json_of($r)->{history} : "status $r->{status}" }
sub kept { my ($n) = @_; return $h->wait_until(sub { my $sum = 0; $sum += $_->{requests} for @{ json_of(visit('TLSv1.3', '/status?format=json'))->{stragglers}{items} }; $sum == $n }) }

begin('TlsGateVerifyHistory on', 'basic');
visit('TLSv1', '/index.html', basic('alice'), 'User-Agent: alices/1 <b>') for 1 .. 3;
visit('TLSv1.1', '/index.html', basic('alice'), 'User-Agent: alices/2 <b>');
visit('TLSv1.1', '/index.html', basic('bob'), 'User-Agent: bobs/7');
ok(kept(3 * 2 + 1 + 1), 'both are known');
$h->stop_clock('2018-07-12T09:00:00Z');
is_deeply(history(basic('alice')), [ { schedule => 'legacy', requests => 4, rejected => 0, first_seen => '2018-07-10T09:00:00Z', last_seen => '2018-07-10T09:00:00Z',
    protocol => 'TLSv1.1', user_agent => 'alices/2 <b>', user_agents => ['alices/2 <b>', 'alices/1 <b>'], maybe_more_user_agents => JSON::PP::false, host => 'localhost' } ], 'one reads her own, and nothing of a schedule that is not announced');
is_deeply([map { "$_->{requests} $_->{user_agent}" } @{ history(basic('bob')) }], ['1 bobs/7'], 'the other reads his own');
for my $type ('text/html', 'text/plain') {
    my $alice = verify($type, basic('alice'))->{body};
    my $bob = verify($type, basic('bob'))->{body};
    my $said = $type eq 'text/html' ? readable($alice) : $alice;
    like($said =~ s/\s+/ /gr, qr/Since 2018-07-10T09:00:00Z you have made 4 requests that schedule legacy deprecates; 0 were rejected\. The most recent was at 2018-07-10T09:00:00Z over TLSv?\s?1\.1\./i, "$type: in words") or diag($said);
    like($said, qr/Last program\W+alices\/2.*Before that\W+alices\/1/s, '... with the programs, the last one first');
    unlike($alice, qr/bob/, '... and nothing of the other');
    unlike($bob, qr/alice/, '... who reads nothing of her');
    unlike($alice, qr/unborn/, '... nor of what is not announced');
    unlike($alice, qr/alices\/2 <b>/, '... escaped') if $type eq 'text/html';
}
is(history(basic('alice', 'wrong')), 'status 401', 'a wrong password has no page');
$h->stop_clock('2018-08-09T08:59:59Z');
is(scalar @{ history(basic('alice')) }, 1, '30 days back');
$h->stop_clock('2018-08-09T09:00:00Z');
is_deeply(history(basic('alice')), [], '... and no more');
like(verify('text/plain', basic('alice'))->{body}, qr/In the last 30 days you made no request/, '... which it says');
$h->finish_ok(qr/AH01617|user alice: authentication failure/);

# What anyone can write is no proof, also of who is authenticated.
for (
    ['a header', 'header:X-Account', 'Require valid-user'],
    ['a query', 'query:account', 'Require valid-user'],
    ['an expression of a header', 'expr:%{HTTP:X-Account}', 'Require valid-user'],
    ['Basic that nobody checks', 'basic', 'Require all granted'],
    ['an address', 'header:X-None', 'Require valid-user'],
) {
    my ($name, $identity, $require) = @$_;
    begin('TlsGateVerifyHistory on', $identity, require => $require);
    my @claim = ('X-Account: alice', basic($require =~ /all/ ? 'alice' : 'bob'));
    visit('TLSv1', '/index.html?account=alice', 'X-Account: alice', basic('alice'), 'User-Agent: alices/1');
    ok(kept(2), "$name: a straggler");
    for my $type ('application/json', 'text/html', 'text/plain') {
        my $r = visit('TLSv1.3', '/verify?account=alice', "Accept: $type", @claim);
        is($r->{status}, 200, '... tests itself');
        unlike($r->{body}, qr/alices|history|used before/, "... and reads nothing as $type");
    }
    $h->finish_ok($identity =~ /^(?:header|query)/ ? qr/TLSGATE0095/ : ());
}

begin('TlsGateVerifyHistory on', 'basic', modules => ['authn_anon'], require => "AuthBasicProvider anon\nAnonymous *\nAnonymous_VerifyEmail off\nRequire valid-user");
visit('TLSv1', '/index.html', basic('alice'));
ok(kept(2), 'where every password is accepted');
is_deeply(history(basic('alice', 'anything')), undef, '... nothing is told');
$h->finish_ok(qr/TLSGATE0095/);

# --- what the page says first, and its history
sub page_of { my ($type, @headers) = @_; my $body = visit('TLSv1.3', '/verify', "Accept: $type", @headers)->{body}; return ($type eq 'text/html' ? readable($body) : $body) =~ s/\s+/ /gr }
begin('TlsGateVerifyHistory on', 'basic');
visit('TLSv1', '/index.html', basic('alice'), "User-Agent: alices/$_") for 1 .. 4;
visit('TLSv1.1', '/index.html', basic('bob'), 'User-Agent: bobs/7');
ok(kept(4 * 2 + 1), 'two clients that came with something old');
for my $type ('text/html', 'text/plain') {
    my $verdict = $type eq 'text/html' ? 'Ready, others were not.*' : '';
    my $ready = qr/This connection is ready.*${verdict}TLS ?v?1\.3\. .* But you also came with what is deprecated, last at (?:2018-07-10T09:00:00Z|10 July 2018, 09:00 UTC): see "What you used before"\./i;
    my ($bob, $alice) = (page_of($type, basic('bob')), page_of($type, basic('alice')));
    like($bob, $ready, "$type: who is ready now and was not reads both in the headline") or diag($bob);
    like($bob, qr/you have made 1 request that schedule legacy deprecates/, '... once is no plural');
    unlike($bob, qr/last four programs/, '... one program is all that there was');
    like($alice, qr/Last program\W+alices\/4.*Before that\W+alices\/1.*These are the last four programs; of others before them nothing is kept\./, '... of four programs it says that there may have been others') or diag($alice);
}
is_deeply([map { $_->{maybe_more_user_agents} ? 1 : 0 } map { @{ history(basic($_)) } } qw(alice bob)], [1, 0], 'JSON says that as well');
visit('TLSv1', '/index.html', basic('alice'), 'User-Agent: alices/5');
ok(kept(5 * 2 + 1), 'a fifth program');
is_deeply(history(basic('alice'))->[0]{user_agents}, [map { "alices/$_" } 5, 4, 3, 2], '... of which the last four are kept');
like(visit('TLSv1', '/verify', 'Accept: text/plain', basic('bob'))->{body} =~ s/\s+/ /gr, qr/Your connection is deprecated You are connected over TLSv1\. Change your client before such requests are rejected\. What to do/, 'who is not ready reads that alone first');
$h->stop_clock('2018-08-20T09:00:00Z');
like(page_of('text/plain', basic('bob')), qr/Your connection is ready.*you made no request that this host deprecates, apart from tests on this page/, 'who has been ready for 30 days is');
like(visit('TLSv1', '/verify', 'Accept: text/plain', basic('bob'))->{body} =~ s/\s+/ /gr, qr/Your connection is deprecated.*you made no request that this host deprecates, apart from tests on this page/, 'a test is no contradiction to an empty history');
$h->finish_ok;

# --- certificates: each of two, and one of the same name that nobody verified
my $dir = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $dir;
# Made on a day on which the server's clock has them valid.
open(my $clock, '>', "$dir/clock") or die;
print $clock 1514764800;
close($clock) or die;
my $openssl = "TLSGATE_CLOCK=$dir/clock LD_PRELOAD=" . ($ENV{BUILD} || 'build') . '/clock.so openssl';
sub made { my (@words) = @_; system("$openssl @words 2>$dir/log") == 0 or die "openssl @words"; return }
made("req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /O=Acme/CN=$_ -keyout $dir/$_.key -out $dir/$_.cert") for qw(alice bob mallory);
made("req -newkey rsa:2048 -nodes -subj /O=Acme/CN=alice -keyout $dir/false.key -out $dir/false.csr");
made("x509 -req -in $dir/false.csr -CA $dir/mallory.cert -CAkey $dir/mallory.key -CAcreateserial -days 36500 -out $dir/false.cert");
system("cat $dir/alice.cert $dir/bob.cert >$dir/known") == 0 or die 'cat';
begin('TlsGateVerifyHistory on', 'cert:subject', login => '', tls => "SSLCACertificateFile $dir/known\nSSLVerifyClient optional_no_ca");
sub with { my ($name, $tls, $path) = @_; return ask(port => $h->port, tls => $tls, path => $path, cert => "$dir/$name.cert", key => "$dir/$name.key", headers => ["User-Agent: ${name}s/1", 'Accept: application/json']) }
with($_, 'TLSv1', '/index.html') for qw(alice alice bob false);
ok(kept(2 * 4), 'clients with certificates');
my %read = map { $_ => json_of(with($_, 'TLSv1.3', '/verify'))->{history} } qw(alice bob false);
is_deeply([map { "$_->{requests} $_->{user_agent}" } @{ $read{alice} }], ['2 alices/1'], '... one reads her own');
is_deeply([map { "$_->{requests} $_->{user_agent}" } @{ $read{bob} }], ['1 bobs/1'], '... the other his');
is($read{false}, undef, '... and who has made itself a certificate of her name reads nothing');
$h->finish_ok(qr/ssl:(?:error|warn)|AH0\d+/);

begin('', 'basic');
visit('TLSv1', '/index.html', basic('alice'));
ok(kept(2), 'by default');
is(history(basic('alice')), undef, '... nothing is told');
$h->finish_ok;
done_testing;
