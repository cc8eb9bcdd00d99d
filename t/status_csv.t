# tlsgate-status?format=csv: all stragglers that are asked for, in the columns of tlsgatectl report, and
# nothing that a spreadsheet runs.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get);
use TlsGate::Ctl;

my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2018-07-10T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with \"-Dhttps.protocols=TLSv1.2\", and again" ua=Java/1\.7
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    <Location /status>
        SetHandler tlsgate-status
        Require all granted
    </Location>
</VirtualHost>
CONF
my $h = $ctl->{httpd}->start;
$h->stop_clock('2018-07-10T09:00:00Z');
sub csv { my ($query, %o) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => "/status?format=csv$query", %o) }
sub lines { my ($query) = @_; return [split(/\n/, csv($query // '')->{body})] }

my $HEAD = 'client,count,first_seen,last_seen,protocols,causes,user_agents,addresses,hosts,advice,breaks_at,moved_at,moved_probably,probable,schedule,rejected,exempt_until,failed_handshakes';
my $r = csv('');
is($r->{status}, 200, 'nobody yet');
is($r->{body}, "$HEAD\n", '... is a line of names');
is($r->{headers}{'content-type'}, 'text/csv; charset=utf-8; header=present', 'its type');
is($r->{headers}{'content-disposition'}, 'attachment; filename="tlsgate.csv"', '... and a name for it');

get($h->port, @$_) for ['TLSv1', '/', 'X-Account: A-20', 'User-Agent: Java/1.7.0_80'], ['TLSv1', '/', 'X-Account: A-20', 'User-Agent: Java/1.7.0_80'],
    ['TLSv1.1', '/', 'X-Account: B', 'User-Agent: =HYPERLINK("http://x.example","y")'], map { ['TLSv1', '/', "X-Account: many-$_"] } 1 .. 60;
ok($h->wait_until(sub { @{ lines() } == 63 }), 'all of them, not a page') or diag(scalar @{ lines() });
my ($a, $b) = (lines('&client=A-20')->[1], lines('&client=account:B')->[1]);
my $advice = '"Start it with ""-Dhttps.protocols=TLSv1.2"", and again"';
my $times = '2018-07-10T09:00:00Z,2018-07-10T09:00:00Z';
like($a, qr/^account:A-20,2,$times,TLSv1,\w+,Java\/1\.7\.0_80,,localhost,\Q$advice\E,2018-08-07T00:00:00Z,,,,legacy,0,,0$/, 'a line');
like($b, qr/^account:B,1,$times,TLSv1\.1,\w+,"'=HYPERLINK\(""http:\/\/x\.example"",""y""\)",,localhost,,/, 'no cell begins like a formula');
is(scalar(grep { /(?:^|,)"?[=+\-@]/ } @{ lines() }), 0, '... in any line');

# --- what a report of the log says is the same
my $said = $ctl->run('report', $h->dir . '/logs/tlsgate.ndjson', '--format', 'csv');
my @report = split(/\n/, $said->{out});
is($HEAD, "$report[0],schedule,rejected,exempt_until,failed_handshakes", 'the columns of tlsgatectl report, and four more');
my ($same) = grep { /^account:A-20,/ } @report;
is($same =~ s/,[\d.]+,localhost,/,,localhost,/r =~ s/,0$//r, $a =~ s/,,legacy,0,,0$//r, 'its line, but for the address');
like((grep { /^account:B,/ } @report)[0], qr/,"'=HYPERLINK/, '... which has no formula either');

# --- what is asked for
is_deeply([map { /^account:([^,]+)/ } @{ lines('&sort=requests') }[1, 2]], ['A-20', 'B'], 'the order of the query');
is(scalar @{ lines('&client=many-1') }, 12, 'a search');
is(scalar @{ lines('&page=1') }, 63, 'a page makes no difference');
is(csv('&sort=x')->{status}, 400, 'a query without sense');
is(csv('', method => 'HEAD')->{body}, '', 'HEAD');
$h->stop_clock('2018-08-07T00:00:00Z');
like(lines('&client=A-20')->[1], qr/,2018-08-07T00:00:00Z,,,,legacy,0,,0$/, 'rejected already: the time of the answer');
my $page = ask(port => $h->port, tls => 'TLSv1.3', path => '/status?client=many&sort=requests&page=1', headers => ['Accept: text/html'])->{body};
like($page, qr{<a href="\?client=many&amp;sort=requests&amp;format=csv">Download as CSV</a>}, 'the page has a link to what it shows');
like(ask(port => $h->port, tls => 'TLSv1.3', path => '/status', headers => ['Accept: text/html'])->{body}, qr{<a href="\?format=csv">Download as CSV</a>}, '... or to all');
$h->finish_ok;

# --- who has moved, surely or probably
$h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTlsGateTrackUpgrades on\nTlsGateIdentity header:X-Account\n<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\nTlsGate legacy\nTlsGateLog logs/tlsgate.ndjson\n<Location /status>\nSetHandler tlsgate-status\nRequire all granted\n</Location>\n")->start;
$h->stop_clock('2018-07-10T09:00:00Z');
get($h->port, $_, '/', 'X-Account: A-20') for qw(TLSv1 TLSv1.3);
get($h->port, $_, '/') for qw(TLSv1 TLSv1.3);
my $moved = sub { join(' ', sort map { join('=', (split(/,/, $_, -1))[0, 11, 12]) } grep { !/^client/ } @{ lines() }) };
my $at = '2018-07-10T09:00:00Z';
ok($h->wait_until(sub { $moved->() eq "account:A-20=$at=false ip:127.0.0.1=$at=true" }), 'an account has moved, an address probably') or diag($moved->());
$h->finish_ok;

# --- none are kept
$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<Location /status>\nSetHandler tlsgate-status\nRequire all granted\n</Location>\n")->start;
is(csv('')->{body}, "$HEAD\n", 'no schedule: a line of names');
$h->finish_ok;
done_testing;
