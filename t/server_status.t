# mod_status's page: two lines about the schedules with a link to ours, and the same as Key: value.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get);
use TlsGate::Httpd;

my $SCHEDULE = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule later>
    TlsGateDeprecate TLSv1.2
</TlsGateSchedule>
CONF
my $PAGES = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
<Location /server-status>
    SetHandler server-status
</Location>
CONF
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', modules => ['status'], conf => <<"CONF")->start;
$SCHEDULE$PAGES
TlsGate legacy later
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
<Location "/where it&stands">
    SetHandler tlsgate-status
    Require all granted
</Location>
<Location /early>
    TlsGate legacy as=cutoff
</Location>
CONF
$h->stop_clock('2018-07-10T09:00:00Z');
sub page { my ($query) = @_; return get($h->port, 'TLSv1.3', "/server-status$query")->{body} }
sub keys_of { return { page('?auto') =~ /^(TLSGate[^:\n]+): (.*)$/mg } }
sub settles { my ($want, $name) = @_; return ok($h->wait_until(sub { my $got = keys_of(); !grep { ($got->{$_} // '') ne $want->{$_} } keys %$want }), $name) || diag(explain(keys_of())) }

get($h->port, @$_) for ['TLSv1', '/', 'X-Account: geheim'], ['TLSv1', '/early', 'X-Account: geheim'], ['TLSv1.3', '/'], ['TLSv1.3', '/'];
settles({ TLSGateDeprecatedRequests => 2, TLSGateRejectedRequests => 1, TLSGateRefusedHandshakes => 0, TLSGateStragglers => 1, 'TLSGatePhase-legacy' => 'announced', 'TLSGatePhase-later' => 'announced' },
    'as Key: value');
cmp_ok(keys_of()->{TLSGateRequests}, '>=', 4, 'all requests');
my ($lines) = page('') =~ m{(<p>TLS schedules:.*?</p>)}s;
like($lines, qr{^<p>TLS schedules: legacy: announced until 2018-08-07T00:00:00Z, then cutoff; later: announced\.<br>\n\d+ requests, 2 deprecated, 1 rejected, 0 handshakes refused, 1 clients listed\. },
    'for people') or diag(page(''));
like($lines, qr{<a href="https://localhost(?::\d+)?/where%20it&amp;stands">Status of the migration</a></p>\z}, '... with a link');
unlike(page('') . page('?auto'), qr/geheim/, 'no client is named');
$h->finish_ok;

# --- without our page, and without a schedule
$h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', modules => ['status'], conf => "$SCHEDULE${PAGES}TlsGate legacy\nTlsGateLog logs/tlsgate.ndjson\n")->start;
like(page(''), qr{0 clients listed</p>}, 'no link where the page is not');
$h->finish_ok;
$h = TlsGate::Httpd->new(modules => ['status'], conf => $PAGES)->start;
unlike(page('') . page('?auto'), qr/TLS schedules|TLSGate/, 'nothing where nothing is counted');
$h->finish_ok;
done_testing;
