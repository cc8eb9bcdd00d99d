# The page tlsgate-status: what it counts and what it leaves out, as JSON that fits its schema, as
# metrics, and as a page that says why it is empty.
use strict;
use warnings;
use lib 't/lib';
use IPC::Open2;
use Test::More;
use TlsGate::Client qw(ask get connect_to json_of policy_of readable);
use TlsGate::Httpd;
use TlsGate::RawHello qw(answer dial hello shake told);
use TlsGate::Schema;

my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $PAGE = <<'CONF';
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF

my $h;
sub status { my (%o) = @_; return json_of(ask(port => $h->port, tls => 'TLSv1.3', path => '/status?format=json', %o)) }
sub totals { return status()->{requests}{totals} }
sub settles { my ($want, $name, $of) = @_; $of //= \&totals; return ok($h->wait_until(sub { is_same($of->(), $want) }), $name) || diag(explain($of->())) }
sub is_same { my ($got, $want) = @_; return eq_hash({ v => $got }, { v => $want }) }
sub metrics { return get($h->port, 'TLSv1.3', '/status?format=prometheus') }
sub series { my ($text) = @_; return { map { /^(\S+) (\S+)$/ ? ($1 => $2) : () } grep { !/^#/ } split(/\n/, $text) } }

# --- a schedule, and its history on both sides of a period ---
$h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => <<"CONF")->start;
Listen 127.0.0.1:\@tls\@
SSLEngine on
Timeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-07-11T00:00Z
</TlsGateSchedule>
<TlsGateSchedule "odd.name-1">
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy odd.name-1 report-only
TlsGateIdentity header:X-Account
TlsGateIgnore 127.0.9.0/24 ::1
TlsGateLog logs/tlsgate.ndjson
$PAGE
CONF
$h->stop_clock('2018-07-10T09:04:58Z');
get($h->port, 'TLSv1', '/index.html', 'X-Account: Geheim-42', 'User-Agent: Spion/7') for 1 .. 2;
get($h->port, 'TLSv1.2', '/none') for 1 .. 3;
settles({ TLSv1 => { observe => 2 }, 'TLSv1.2' => { none => 3 } }, 'requests are counted, also with an error');
my $five = [{ start => '2018-07-10T09:00:00Z', counts => { TLSv1 => { observe => 2 }, 'TLSv1.2' => { none => 3 } } }];
is_deeply(status()->{requests}{five_minutes}, $five, 'in the five minutes that end with this second');
$h->stop_clock('2018-07-10T09:04:59Z');
ok($h->wait_until(sub { (status()->{collected} // '') eq '2018-07-10T09:04:59Z' }), 'they are collected');
$h->stop_clock('2018-07-10T09:05:00Z');
get($h->port, 'TLSv1', '/index.html');
my $next = { start => '2018-07-10T09:05:00Z', counts => { TLSv1 => { observe => 1 } } };
settles([@$five, $next], 'the next second begins the next', sub { status()->{requests}{five_minutes} });
is_deeply([map { [$_->{start}, $_->{counts}{TLSv1}{observe}] } @{ status()->{requests}{days} }], [['2018-07-10T00:00:00Z', 3]], 'both are in the day');
my $s = status();
ok($schema->fits($s), 'it fits docs/ledger.schema.json');
is_deeply([map { $_->{report_only} ? 'report-only' : 'enforced', @$_{qw(name phase next_change next_phase)} } @{ $s->{schedules} }],
    ['report-only', 'legacy', 'announced', '2018-07-11T00:00:00Z', 'cutoff', 'report-only', 'odd.name-1', 'announced', undef, undef], 'where each schedule stands');
is_deeply($s->{schedules}[0]{requests}{totals}, { TLSv1 => { observe => 3 }, 'TLSv1.2' => { none => 3 } }, 'and its requests');

# --- what is left out ---
get($h->port, 'TLSv1.3', '/status') for 1 .. 3;
get($h->port, 'TLSv1', '/status');
settles({ TLSv1 => { observe => 3 }, 'TLSv1.2' => { none => 3 } }, 'the page does not count itself, whoever asks for it');
SKIP: {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $h->port, LocalAddr => '127.0.9.7') or skip 'no such address here', 1;
    my $before = status()->{census}{total};
    my $tls = IO::Socket::SSL->start_SSL($socket, SSL_verify_mode => 0, SSL_version => 'TLSv1_2');
    ask(on => $tls, path => '/index.html');
    settles({ requests => 1, connections => 1, failed_handshakes => 0 }, 'a network that is ignored is counted apart', sub { status()->{ignored} });
    my $failed = metrics()->{body} =~ /^tlsgate_failed_handshakes_total\S* (\d+)/m ? $1 : 0;
    ok(answer(do { my $socket = dial(port => $h->port, from => '127.0.9.7'); print $socket hello(legacy => 'TLSv1', ciphers => [0x0001]); $socket })->{alert}, 'a handshake of it that fails');
    settles({ requests => 1, connections => 1, failed_handshakes => 1 }, '... is counted apart too', sub { status()->{ignored} });
    is(metrics()->{body} =~ /^tlsgate_failed_handshakes_total\S* (\d+)/m ? $1 : 0, $failed, '... and not among the others');
    is(status()->{census}{total}{negotiated}{'TLSv1.2'}, $before->{negotiated}{'TLSv1.2'}, '... and not in the census');
    is_deeply(totals(), { TLSv1 => { observe => 3 }, 'TLSv1.2' => { none => 3 } }, '... and not among the requests');
}

# --- the census ---
my $before = status()->{census}{total};
is(told(shake(port => $h->port, legacy => 'TLSv1.2')), 'TLSv1.2', 'a client that goes away after the first answer');
my $sums = sub { my $t = status()->{census}{total}; return $t->{hellos} - $t->{connections} };
settles(1, 'a hello whose handshake does not end is counted as a hello', $sums);

# --- metrics ---
my $r = metrics();
is($r->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'the type of metrics');
my $series = series($r->{body});
is_deeply({ map { $_ => $series->{$_} } grep { /^tlsgate_requests/ } keys %$series },
    { 'tlsgate_requests_total{protocol="TLSv1",verdict="observe"}' => 3, 'tlsgate_requests_total{protocol="TLSv1.2",verdict="none"}' => 3 }, 'requests');
is($series->{'tlsgate_phase{schedule="legacy"}'}, 1, 'a phase');
is($series->{'tlsgate_next_transition_timestamp_seconds{schedule="legacy",next="cutoff"}'}, 1531267200, 'the next transition');
is($series->{'tlsgate_next_transition_timestamp_seconds{schedule="odd.name-1",next="cutoff"}'}, undef, '... of the one that has one');
is($series->{tlsgate_log_lost_total}, 0, 'lines that were lost');
cmp_ok(scalar(keys %$series), '<', 200, 'the series are few');
my (%help, %type);
for (split /\n/, $r->{body}) { $help{$1}++ if /^# HELP (\S+) \S/; $type{$1}++ if /^# TYPE (\S+) (?:counter|gauge)$/ }
my %names = map { /^(\w+)/ ? ($1 => 1) : () } keys %$series;
is_deeply([grep { !($help{$_} && $type{$_} && $help{$_} == 1 && $type{$_} == 1) } sort keys %names], [], 'each metric is explained once');
SKIP: {
    skip 'promtool is not installed', 1 unless grep { -x "$_/promtool" } split(/:/, $ENV{PATH});
    my $pid = open2(my $out, my $in, 'promtool', 'check', 'metrics');
    print $in $r->{body};
    close $in;
    my $said = do { local $/; <$out> };
    waitpid($pid, 0);
    is($? . $said, '0', 'promtool finds nothing');
}

# --- forms ---
like(get($h->port, 'TLSv1.3', '/status', 'Accept: text/html')->{body}, qr/<h2>Schedule legacy<\/h2>/, 'a page');
my $html = get($h->port, 'TLSv1.3', '/status?format=html');
is($html->{headers}{'content-security-policy'}, policy_of($html->{body}) =~ s/form-action 'none'/form-action 'self'/r, '... which may load nothing');
my $read = readable($html->{body});
like($read, qr/Where each schedule stands.*legacy \(TLS 1\.0 and 1\.1\): announced until 2018-07-11T00:00:00Z, then cutoff\. Announced: such requests are still served\. Cutoff: such requests are rejected\. Each TlsGate line that names it has report-only, so all are served\. In the last 7 days, 3 of 6 requests \(50\.0 %\) were deprecated\..*odd\.name-1 \(TLS 1\.0\): announced\..*Schedule legacy.*now.*Cutoff 2018-07-11T00:00:00Z.*Requests of the last 24 hours.*TLS 1\.2 3 \(50\.0 %\).*Requests over time.*2018, 09:00 UTC TLS 1\.2: 3 \(60\.0 %\), TLS 1\.0: 2 \(40\.0 %\).*What connections could do.*Left out or lost/s,
    'where each schedule stands, its dates, the requests, the census, what was lost');
is((() = $html->{body} =~ /<svg class="chart"/g), 2, 'a chart for each schedule that has dates, and of the requests');
unlike($html->{body}, qr/<script|style=|src=/, 'nothing that the policy forbids');
like(get($h->port, 'TLSv1.3', '/status?format=text')->{body}, qr/^Deprecated requests: 3 \(50\.0 %\)$/m, 'text');
is(get($h->port, 'TLSv1.3', '/status?page=0&format=json')->{headers}{'content-type'}, 'application/json', 'JSON');
is(get($h->port, 'TLSv1.3', "/status?format=$_->[0]")->{status}, $_->[1], "format=$_->[0]") for ['xml', 400], ['', 200];
is(ask(port => $h->port, tls => 'TLSv1.3', path => '/status', method => 'POST', body => 'x')->{status}, 405, 'only GET');
unlike(get($h->port, 'TLSv1.3', '/status?format=prometheus')->{body}, qr/Geheim|Spion|127\.0\.|[tq]1[0-3][di]\d/, 'metrics: nothing of a client');

# --- past the cutoff ---
$h->stop_clock('2018-07-10T09:05:01Z');
ok($h->wait_until(sub { status()->{collected} eq '2018-07-10T09:05:01Z' }), 'collected before the clock is set');
$h->stop_clock('2018-07-11T00:00:00Z');
get($h->port, 'TLSv1', '/index.html');
is(get($h->port, 'TLSv1', '/status')->{status}, 200, 'the page is open over a deprecated connection');
settles({ TLSv1 => { observe => 3, 'would-reject' => 1 }, 'TLSv1.2' => { none => 3 } }, 'report-only: it would be rejected');
is_deeply([map { $_->{start} } @{ status()->{requests}{days} }], ['2018-07-10T00:00:00Z', '2018-07-11T00:00:00Z'], 'another day');
$h->finish_ok;

# --- who may write a line for a directory does not show it, past what the <Location> requires ---
my @ELSEWHERE = (['SetHandler', 'SetHandler tlsgate-status'], ['AddHandler', 'AddHandler tlsgate-status .html'], ['ForceType', 'ForceType tlsgate-status'],
    ['a rule', "RewriteEngine on\nRewriteRule . - [H=tlsgate-status]"], ['a section', "<If \"true\">\nSetHandler TLSgate-status\n</If>"]);
$h = TlsGate::Httpd->new(tolerates => [qr/TLSGATE0057/], conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTlsGateCensus on\n<Directory \$DIR/htdocs>\nAllowOverride All\n</Directory>\n$PAGE");
for my $n (0 .. $#ELSEWHERE) {
    mkdir $h->dir . "/htdocs/d$n" or die;
    $h->write_file("htdocs/d$n/.htaccess", "$ELSEWHERE[$n][1]\n");
    $h->write_file("htdocs/d$n/x.html", 'a file');
}
$h->start;
is(get($h->port, 'TLSv1.3', "/d$_/x.html")->{status}, 403, "$ELSEWHERE[$_][0] in an .htaccess: the page is not shown") for 0 .. $#ELSEWHERE;
is(get($h->port, 'TLSv1.3', '/status')->{status}, 200, '... in its <Location> it is');
like($h->error_log, qr/TLSGATE0057: "tlsgate-status" is set outside a <Location>, for example in an \.htaccess, and is not served there; put SetHandler "tlsgate-status" into a <Location>$/m, '... which the error log says');
$h->finish_ok;

# --- without a schedule ---
$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n$PAGE")->start;
$s = status();
ok($schema->fits($s), 'nothing is counted: it fits the schema');
is_deeply([@$s{qw(since requests census)}], [undef, undef, undef], '... and says so');
like(get($h->port, 'TLSv1.3', '/status?format=text')->{body}, qr/^Nothing is counted: no TlsGate line names a schedule\. Add one, or set "TlsGateCensus on" /m, '... and why');
$h->finish_ok;

$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTlsGateCensus on\n$PAGE")->start;
get($h->port, 'TLSv1.2', '/index.html') for 1 .. 2;
get($h->port, 'all', '/index.html');
settles({ 'TLSv1.2' => { none => 2 }, 'TLSv1.3' => { none => 1 } }, 'TlsGateCensus on: requests are counted without a schedule');
$s = status();
is_deeply([@{ $s->{census}{total}{negotiated} }{qw(TLSv1 TLSv1.2)}], [undef, 2], '... and connections');
is($s->{census}{total}{hellos}, $s->{census}{total}{connections}, '... each with its hello');
ok($schema->fits($s), '... in the form of the schema');
$h->finish_ok;

$h = TlsGate::Httpd->new(conf => <<"CONF")->start;
Listen 127.0.0.1:\@tls\@
SSLEngine on
TlsGateCensus off
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
$PAGE
CONF
get($h->port, 'TLSv1', '/index.html');
settles({ TLSv1 => { warn => 1 } }, 'TlsGateCensus off: requests are counted');
is(status()->{census}, undef, '... and connections are not');
$h->finish_ok;

# --- who may read it ---
my $open = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<Location /status>\nSetHandler tlsgate-status\n</Location>\n");
my $PUBLIC = qr/TLSGATE0092: \S+:\d+: SetHandler "tlsgate-status": everyone may read the page; write Require in its <Location>/;
my ($status, $said) = $open->configtest;
is($status, 0, 'a page without Require');
like($said, $PUBLIC, '... is warned about');
for my $section ("Require ip 192.0.2.0/24", "<RequireAny>\nRequire ip 192.0.2.0/24\n</RequireAny>") {
    my $closed = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<Location /status>\nSetHandler tlsgate-status\n$section\n</Location>\n");
    unlike(($closed->configtest)[1], qr/TLSGATE0092/, 'not with ' . ($section =~ /^\S+/ ? $& : ''));
}
$open->start;
$open->finish_ok($PUBLIC);
done_testing;
