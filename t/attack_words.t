# What the log says of a request, against what somebody would like it to say: its path, whether it was
# deprecated, who the client is, and that there is a line at all.
use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;

use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::State;

my $ACME = '/.well-known/acme-challenge';
my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(include md)], tolerates => [qr/\[md:/, qr/core:error\]/],
    conf => <<'CONF');
Listen 127.0.0.1:@tls@
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account hash:query:api_key
MDCertificateAgreement accepted
MDCertificateAuthority http://127.0.0.1:1/dir
MDCAChallenges http-01
MDRenewMode manual
MDStoreDir md
MDomain a.example.com
<Directory $DIR/htdocs>
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<VirtualHost *:@tls@>
    ServerName a.example.com
    SSLEngine on
    TlsGate legacy
    <Location /open>
        TlsGate off
    </Location>
    <Location /v>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
CONF
mkdir $h->dir . "/$_" for qw(htdocs/open md md/challenges md/challenges/a.example.com);
$h->write_file('htdocs/open/p.shtml', 'part: <!--#include virtual="/v" -->');
$h->write_file('md/challenges/a.example.com/acme-http-01.txt', 'tok123.thumb');

my $secret = 'sha256:' . substr(sha256_hex('k-1'), 0, 32);
my $state = TlsGate::State->new($h, sub { ask(port => $h->port, tls => 'TLSv1', host => 'a.example.com', path => '/open/p.shtml') });
$h->start;
$state->apply(TlsGate::State::exempt('legacy', "account:$secret", '2019-01-01T00:00Z'));

# path, headers, status, and the path, the account and `enforced` in the line; none: no line
my @TABLE = (
    [ '//foo/app/x',       [], 426, '/foo/app/x', undef, 1 ],
    [ '///foo/x',          [], 426, '/foo/x', undef, 1 ],
    [ '//u:pw@localhost/p', [], 426, '/u:pw@localhost/p', undef, 1 ],
    [ '//hidden/?x',       [], 426, '/hidden/', undef, 1 ],
    [ 'http://a.example.com/abs', [], 426, '/abs', undef, 1 ],
    [ '/open/p.shtml',     [], 200 ],
    [ '/v',                [], 400, '/v', undef, 0 ],
    [ '/key?api_key=k-1',  [], 404, '/key', $secret, 1 ],
    [ '/claimed',          ["X-Account: $secret"], 426, '/claimed', 'sha256:' . substr(sha256_hex($secret), 0, 32), 1 ],
    [ '/plain',            ['X-Account: sha-256'], 426, '/plain', 'sha-256', 1 ],
    [ "$ACME/tok123",      [], 200, "$ACME/tok123", undef, 0 ],
    [ '/.httpd/certificate-status', [], 200, '/.httpd/certificate-status', undef, 0 ],
);
for (@TABLE) {
    my ($path, $headers, $status) = @$_;
    my $r = ask(port => $h->port, tls => 'TLSv1', host => 'a.example.com', path => $path, headers => $headers);
    is($r->{status}, $status, "$path, @$headers: the status");
    like($r->{body}, qr/part: .*TLSv1/s, "$path: the part is there") if $path =~ /shtml/;
}
is(ask(port => $h->port, tls => 'TLSv1.2', host => 'a.example.com', path => "$ACME/tok123")->{body}, 'tok123.thumb', 'mod_md answers a modern client');
$h->finish_ok;
my @lines = map { join ' ', $_->{url}{path}, $_->{http}{response}{status_code}, $_->{user}{id} // '-', $_->{tlsgate}{enforced} ? 1 : 0 } $h->sightings;
is_deeply([ sort @lines ], [ sort map { join ' ', $_->[3], $_->[2], $_->[4] // '-', $_->[5] } grep { defined $_->[3] } @TABLE ], 'the lines of the log');
done_testing;
