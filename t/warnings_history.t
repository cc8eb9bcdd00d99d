# A start and httpd -t warn about a TlsGateVerifyHistory that can never show anything, and say what is missing.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $PAGE = "<Location /verify>\nSetHandler tlsgate-verify\nAuthType Basic\nAuthName test\nRequire all granted\n</Location>";
my %MISSING = (
    ledger => qr/TlsGateLedger 0 keeps no clients; write TlsGateLedger 16384$/,
    page => qr/no SetHandler names tlsgate-verify; write SetHandler tlsgate-verify in a <Location>$/,
    proof => qr/no TlsGateIdentity has a source that proves who a caller is; add cert:subject to TlsGateIdentity, with SSLVerifyClient, or basic, with AuthType and Require valid-user in the <Location> of tlsgate-verify$/,
    anyone => qr/with mod_authn_anon a user need not prove who he is; add cert:subject to TlsGateIdentity, with SSLVerifyClient, or do not load mod_authn_anon$/,
);

sub conf { return "Listen 127.0.0.1:\@tls\@\n<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1 cleartext\n</TlsGateSchedule>\nTlsGate legacy\nTlsGateLog logs/tlsgate.ndjson\n" . join("\n", @_) . "\n" }
sub httpd { my ($modules, @lines) = @_; return TlsGate::Httpd->new(modules => [qw(auth_basic authn_core authz_user), @$modules], conf => conf(@lines)) }

# What is missing, in the order in which it is said.
sub missing_in {
    my ($text) = @_;
    my @said = map { /TLSGATE0095: TlsGateVerifyHistory on: it shows nobody anything: (.*)/ ? $1 : () } split /\n/, $text;
    return join ' ', map { my $line = $_; my ($name) = grep { $line =~ $MISSING{$_} } sort keys %MISSING; $name // "[$line]" } @said;
}

for (
    [ 'basic',                 '',              [], $PAGE, 'TlsGateIdentity basic' ],
    [ 'an expression',         '',              [], $PAGE, 'TlsGateIdentity header:X-Account expr:%{REMOTE_USER}' ],
    [ 'a certificate',         '',              ['authn_anon'], $PAGE, 'TlsGateIdentity cert:subject' ],
    [ 'a hashed one',          '',              [], $PAGE, 'TlsGateIdentity hash:basic' ],
    [ 'of one host',           '',              [], $PAGE, "<VirtualHost *:\@tls\@>\nServerName a.example.com\nTlsGateIdentity basic\n</VirtualHost>" ],
    [ 'no ledger',             'ledger',        [], $PAGE, 'TlsGateIdentity basic', 'TlsGateLedger 0' ],
    [ 'no page',               'page',          [], 'TlsGateIdentity basic' ],
    [ 'another page',          'page',          [], 'TlsGateIdentity basic', "<Location /d>\nSetHandler tlsgate-schedule\n</Location>" ],
    [ 'a header and a query',  'proof',         [], $PAGE, 'TlsGateIdentity header:X-Account query:account' ],
    [ 'only addresses',        'proof',         [], $PAGE ],
    [ 'everyone',              'anyone',        ['authn_anon'], $PAGE, 'TlsGateIdentity basic' ],
    [ 'nothing at all',        'ledger page proof', ['authn_anon'], 'TlsGateLedger 0' ],
) {
    my ($what, $missing, $modules, @lines) = @$_;
    my ($rc, $said) = httpd($modules, 'TlsGateVerifyHistory on', @lines)->configtest;
    is_deeply([ $rc, missing_in($said) ], [ 0, $missing ], "$what: " . ($missing || 'no warning'));
    is(missing_in((httpd($modules, 'TlsGateVerifyHistory off', @lines)->configtest)[1]), '', '... and none where it is off') if $missing;
}

my $h = httpd([], 'TlsGateVerifyHistory on', $PAGE, 'TlsGateLedger 0', 'TlsGateIdentity basic')->start;
is(missing_in($h->error_log), 'ledger', 'a start says it, too, once');
$h->graceful;
is(missing_in($h->error_log), 'ledger ledger', '... and once more after a graceful restart');
$h->finish_ok(qr/TLSGATE0095/);
done_testing;
