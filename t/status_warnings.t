# tlsgate-status: what httpd warned of when it started, and what its numbers show, each with what to do.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get json_of readable);
use TlsGate::Ctl;
use TlsGate::Schema;

my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2018-07-10T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
LogLevel error
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule dead>
    TlsGateDeprecate SSLv3
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule idle>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule over>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T08:00Z/2018-07-10T09:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateLedger 4
TlsGateLog /dev/full
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy dead over
    <Location /status>
        SetHandler tlsgate-status
    </Location>
</VirtualHost>
CONF
my $h = $ctl->{httpd}->start;
$h->stop_clock('2018-07-10T09:00:00Z');
sub page { my ($accept) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => '/status', headers => ["Accept: $accept"])->{body} }
sub status { return json_of(ask(port => $h->port, tls => 'TLSv1.3', path => '/status?format=json')) }
sub codes { return join(' ', map { $_->{code} } @{ status()->{warnings} }) }
sub settles { my ($want, $name) = @_; return ok($h->wait_until(sub { codes() eq $want }), $name) || diag(codes()) }

my $START = 'TLSGATE0014 TLSGATE0020 TLSGATE0092 TLSGATE0017';
settles("ledger-unkept $START", 'a ledger without a file; a schedule that no line names, one that is over, a page that everyone may read, a schedule that meets nobody');
my $s = status();
ok($schema->fits($s), 'the document fits its schema') or diag($schema->wrong);
is($s->{warnings_left_out}, 0, '... and has all of them');
unlike($h->error_log, qr/TLSGATE0020/, 'also where LogLevel keeps them out of the error log');
my $text = page('text/plain');
like($text, qr/^Nothing|^Counted since \S+ 5 warnings are below\.$/m, 'the page says at its beginning how many there are');
like($text, qr/^Warnings\nNumbers: The numbers are lost when httpd stops, because TlsGateLedger names no file\. Name one, such as TlsGateLedger 16384 \/var\/lib\/tlsgate\/ledger\.$/m, '... and then each, with what to do') or diag($text);
like($text, qr/^Configuration: \S+:\d+: <TlsGateSchedule "idle">: no TlsGate line names it, so it does nothing\. Write TlsGate idle in the server, a <VirtualHost> or a <Location>\.$/m, '... those of the start too');
like($text, qr/^Configuration: vhost \S+: schedule dead never applies to SSLv3, because .*\. \S.*$/m, '... a schedule that never meets anyone');
my $html = page('text/html');
like(readable($html), qr/Warnings.*Configuration.*schedule dead never applies to SSL 3\.0/s, 'HTML');
like($html, qr/&lt;TlsGateSchedule &quot;idle&quot;|&lt;TlsGateSchedule "idle"/, '... escaped');

# --- since the start
get($h->port, 'TLSv1', '/', "X-Account: $_") for qw(a b);
settles("log-lines-lost ledger-unkept $START", 'lines of the log are lost');
get($h->port, 'TLSv1', '/', "X-Account: c");
settles("log-lines-lost stragglers-forgotten ledger-unkept $START", 'the table of stragglers has no room for a third');
like(page('text/plain'), qr/^Who is left: 2 entries were dropped from the list of remaining clients, which holds 4\. Write a larger number in TlsGateLedger,/m, '... which the page says');
$ctl->write($ctl->{state}, '{"version": 1}');
settles("state-refused log-lines-lost stragglers-forgotten ledger-unkept $START", 'a file of TlsGateState that is refused');
$ctl->write($ctl->{state}, JSON::PP->new->encode({ version => 1, exemptions => [], overrides => [{ schedule => 'legacy', kind => 'postpone', from => '2018-08-06T00:00:00Z',
    cutoff => '2018-09-01T00:00:00Z', reason => 'x', by => 'ops', since => '2018-07-01T00:00:00Z' }] }));
settles("log-lines-lost stragglers-forgotten ledger-unkept postponement-ignored $START", 'a postponement of a cutoff that is no longer configured');
$h->finish_ok(qr/./);

# --- none
$h = TlsGate::Httpd->new(conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
SSLEngine on
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
TlsGateLedger 10 logs/ledger
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
is(codes(), '', 'nothing is wrong');
unlike(page('text/plain'), qr/[Ww]arning/, '... and nothing is said');
$h->finish_ok;

# --- more than are kept
my $many = join('', map { "<TlsGateSchedule s$_>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n" } 1 .. 53);
$h = TlsGate::Httpd->new(conf => <<"CONF")->start;
Listen 127.0.0.1:\@tls\@
SSLEngine on
$many
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
$s = status();
is_deeply([scalar @{ $s->{warnings} }, $s->{warnings_left_out}], [50, 3], 'fifty of the start are kept');
like(page('text/plain'), qr/^3 more startup warnings are in the error log\.$/m, '... and the rest is counted');
$h->finish_ok;
done_testing;
