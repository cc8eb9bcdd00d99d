# tlsgate-status for people: who is left, why, when each breaks and what to do, searched, ordered and
# cut into pages by the URL; and what was changed by hand.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get json_of policy_of readable);
use TlsGate::Ctl qw(says);

my @WHY = ('--reason', 'they <asked>', '--by', 'ops', '--yes');
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2018-07-10T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@as@
<TlsGateSchedule as-cutoff>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule as-observe>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-06-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule graced>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateGrace     2018-08-07T15:25Z/2018-08-21T09:00Z
</TlsGateSchedule>
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-12T00:00Z/PT1H share=50%
    TlsGateTrial     2018-07-20T00:00Z/PT1H
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule watched>
    TlsGateDeprecate TLSv1.2
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with -Dhttps.protocols=TLSv1.2" ua=Java/1\.7
<VirtualHost *:@as@>
    SSLEngine on
    TlsGate as-cutoff as=cutoff
    TlsGate as-observe as=observe
    TlsGate graced
</VirtualHost>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    TlsGate watched report-only
    <Location /early>
        TlsGate legacy as=cutoff
        TlsGate watched as=refuse report-only
    </Location>
    <Location /status>
        SetHandler tlsgate-status
        Require all granted
    </Location>
</VirtualHost>
CONF
my $h = $ctl->{httpd}->start;
$h->stop_clock('2018-07-10T09:00:00Z');
sub page { my ($query, $accept) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => "/status?$query", headers => ['Accept: ' . ($accept // 'text/html')]) }
sub text { my ($query) = @_; return page($query, 'text/plain')->{body} }
sub clients { my ($query) = @_; return join(' ', map { $_->{client} } @{ json_of(page("$query&format=json"))->{stragglers}{items} }) }
sub breaks { my ($query) = @_; my ($item) = @{ json_of(page("$query&format=json"))->{stragglers}{items} }; return [@$item{qw(rejected_now breaks_at)}] }
my $false = JSON::PP::false;
my $true = JSON::PP::true;

like(text(''), qr/^Who is left\nNo client has used anything deprecated yet\.$/m, 'an empty page says so');
get($h->port, 'TLSv1', '/', "X-Account: $_->[0]", "User-Agent: $_->[1]") for ['A-20', 'Java/1.7.0_80'], ['B', 'curl/7.29.0'], ["it's <b>", 'x'];
get($h->port, 'TLSv1.2', '/', 'X-Account: W', 'User-Agent: w');
ok($h->wait_until(sub { clients('') eq "account:W account:it's <b> account:B account:A-20" }), 'who was seen, the last first') or diag(clients(''));

like(text(''), qr/^legacy .*in place of the dates\. In the last 7 days, \d+ of \d+ requests \([0-9.]+ %\) were deprecated\. \d+ clients are left\.$/m, 'an as= is said') or diag(text(''));
like(text(''), qr/^legacy \(TLS 1\.0 and 1\.1\): .* Where a TlsGate line that names it has as=cutoff, that phase counts in place of the dates\. In the last 7 days, \d+ of \d+ requests \([0-9.]+ %\) were deprecated\. \d+ clients are left\.$/m, '... which one');

# --- one of them
my $entry = qr/^account:A-20
  1 request since 2018-07-10T09:00:00Z, the last over TLSv1 at 2018-07-10T09:00:00Z; 0 rejected\. It is rejected from (\S+)\.
  Start it with -Dhttps\.protocols=TLSv1\.2
  Schedule legacy · localhost · Java\/1\.7\.0_80 · t10\w+
  tlsgatectl exempt add legacy account:A-20 --until DATE --reason TEXT$/m;
my ($breaks) = text('client=A-20') =~ $entry or diag(text('client=A-20'));
ok($breaks, 'what is known of it, its advice, and a command to copy');
is($breaks, breaks('client=A-20')->[1] =~ s/\.0//r, '... the same date as for programs');
like(text('client=account:B'), qr/^  (?:Its TLS library supports something better, but a setting disables it|Its TLS library shows no sign)/m, 'where no TlsGateAdvice fits, the cause in words');
like(text("client=it's"), qr/^  tlsgatectl exempt add legacy 'account:it'\\''s <b>' --until/m, 'a command is quoted for a shell');
my $html = page('client=it%27s');
like($html->{body}, qr{<h3>account:it&#39;s &lt;b&gt;</h3>|<h3>account:it's &lt;b&gt;</h3>}, 'markup of others is escaped');
unlike($html->{body}, qr/<b>/, '... everywhere');
is($html->{headers}{'content-security-policy'}, policy_of($html->{body}) =~ s/form-action 'none'/form-action 'self'/r, 'the form leads to the page itself, and nothing else is allowed');
is(clients('client=nobody'), '', 'nobody of that name');
like(text('client=nobody'), qr/^No client matches this search\.$/m, '... which the page says');

# --- when each breaks
my %start = map { $_ => breaks("client=$_")->[1] } qw(A-20 account:B);
like($start{$_}, qr/^2018-07-(?:12|20)T00:00:00Z$/, "$_ breaks in the first trial, if it is in its share, or in the second") for sort keys %start;
$h->stop_clock('2018-07-12T01:00:00Z');
is_deeply(breaks("client=$_"), [$false, '2018-07-20T00:00:00Z'], "$_: then the trial that is for all") for sort keys %start;
$h->stop_clock('2018-07-20T00:30:00Z');
is_deeply(breaks("client=$_"), [$true, undef], "$_: in that trial") for sort keys %start;
$h->stop_clock('2018-07-20T01:00:00Z');
is_deeply(breaks("client=$_"), [$false, '2018-08-07T00:00:00Z'], "$_: then the cutoff") for sort keys %start;
$h->stop_clock('2018-07-10T09:00:00Z');
is_deeply(breaks('client=W'), [$false, undef], 'nobody breaks by what is only reported');
is(clients('only=would-break&sort=requests'), "account:A-20 account:B account:it's <b>", 'those that break');
get($h->port('as'), 'TLSv1', '/', 'X-Account: AS', 'User-Agent: x');
ok($h->wait_until(sub { clients('client=AS') eq 'account:AS account:AS account:AS' }), 'who comes where the lines have as=');
is_deeply(breaks('client=AS&schedule=as-cutoff'), [$true, undef], '... is rejected by as=cutoff, before the cutoff');
is_deeply(breaks('client=AS&schedule=as-observe'), [$false, undef], '... and never by as=observe, after it');
is(clients('only=would-break&client=AS'), 'account:AS account:AS', '... and breaks by two');
is_deeply(breaks('client=AS&schedule=graced'), [$false, '2018-08-07T08:40:00Z'], 'a cutoff before a grace window rejects');
$h->stop_clock('2018-08-07T15:25:00Z');
is_deeply(breaks('client=AS&schedule=graced'), [$false, '2018-08-21T09:00:00Z'], '... and again after it');
is(page("client=$_")->{status}, 400, "a search for $_") for '%ff%fe', 'a%80b', '%C2%9B31m', '%E2%80%AE', '%1b', 'x' x 400;
$h->stop_clock('2018-08-06T23:59:59Z');
is_deeply(breaks('client=A-20'), [$false, '2018-08-07T00:00:00Z'], 'a second before the cutoff');
$h->stop_clock('2018-08-07T00:00:00Z');
is_deeply(breaks('client=A-20'), [$true, undef], 'at the cutoff');
like(text('client=A-20'), qr/0 rejected\. It is rejected now\.$/m, '... for people');
$h->stop_clock('2018-07-10T09:00:00Z');
says($ctl->run('exempt', 'add', 'legacy', 'account:A-20', '--until', '2018-12-01T00:00Z', '--owner', 'sales', @WHY), 0, qr/./, qr/./, 'one is exempt');
is_deeply(breaks('client=A-20'), [$false, '2018-12-01T00:00:00Z'], '... until that date');
$h->stop_clock('2018-11-30T23:59:59Z');
is_deeply(breaks('client=A-20'), [$false, '2018-12-01T00:00:00Z'], '... also in its last second');
$h->stop_clock('2018-12-01T00:00:00Z');
is_deeply(breaks('client=A-20'), [$true, undef], '... and no longer');
$h->stop_clock('2018-07-10T09:00:00Z');
says($ctl->run('suspend', 'legacy', '--until', '2018-07-11T00:00Z', @WHY), 0, qr/./, qr/./, 'a suspension');

# --- changed by hand
like(text(''), qr/^Changed by hand\nsuspend legacy: until 2018-07-11T00:00:00Z \(\S.*\), by ops: they <asked>$/m, 'what was changed, until when, by whom and why');
like(text(''), qr/^Exempt clients and networks\naccount:A-20: until 2018-12-01T00:00:00Z \(.*\), from legacy, for sales: they <asked>$/m, 'who is exempt');
like(page('')->{body}, qr/by ops: they &lt;asked&gt;/, '... escaped');
my $csv = $h->write_file('more.csv', join("\n", 'schedule,client,until,owner', map({ "legacy,account:more-$_,2018-11-${_}T00:00:00Z,x" } 10 .. 29), ''));
says($ctl->run('exempt', 'import', $csv, @WHY), 0, qr/./, qr/./, 'twenty more');
my ($part) = text('') =~ /^Exempt clients and networks\n(.*?)\n\n/ms;
is_deeply([$part =~ /^account:more-(\d+)/mg], [10 .. 29], 'those that end first');
like($part, qr/^These end first, of 21: tlsgatectl exempt list shows all\.\z/m, '... and how many there are');
$h->stop_clock('2018-07-11T00:00:00Z');
unlike(text(''), qr/suspend legacy/, 'what has ended is not shown');

# --- the page and the program have the same in force
my $kept = $ctl->document;
my %who = (reason => 'asked', by => 'ops', since => '2018-07-01T00:00:00Z');
my @overrides = (
    { schedule => 'legacy',  kind => 'postpone', from => '2018-08-07T00:00:00Z', cutoff => '2018-09-01T00:00:00Z', %who },
    { schedule => 'watched', kind => 'postpone', from => '2018-08-06T00:00:00Z', cutoff => '2018-12-01T00:00:00Z', %who },
    { schedule => 'gone',    kind => 'suspend',  until => '2018-12-01T00:00:00Z', %who },
    { schedule => 'graced',  kind => 'suspend',  until => '2018-12-01T00:00:00Z', %who },
);
$ctl->write("$ctl->{state}.next", JSON::PP->new->encode({ %$kept, overrides => \@overrides }));
rename("$ctl->{state}.next", $ctl->{state}) or die;
ok($h->wait_until(sub { text('') =~ /suspend graced/ }), 'other changes');
for my $case (['2018-08-31T23:59:59Z', 'graced suspend, legacy postpone'], ['2018-09-01T00:00:00Z', 'graced suspend']) {
    my ($at, $shown) = @$case;
    $h->stop_clock($at);
    my ($changed) = text('') =~ /^Changed by hand\n(.*?)\n\n/ms;
    is(join(', ', sort map { my ($kind, $name) = /^(\w+) (\w+):/; $name ? "$name $kind" : () } split /\n/, $changed // ''), $shown, "$at: what the page has in force");
    is(join(', ', sort map { "$_->{schedule} $_->{kind}" } grep { $_->{kind} ne 'exempt' } @{ $ctl->json_of($ctl->run('status', '--json'))->{in_force} }), $shown, '... and the program');
}
$ctl->write("$ctl->{state}.next", JSON::PP->new->encode($kept));
rename("$ctl->{state}.next", $ctl->{state}) or die;

# --- pages
get($h->port, 'TLSv1.1', '/', "X-Account: many-$_") for 1 .. 60;
ok($h->wait_until(sub { json_of(page('format=json'))->{stragglers}{found} == 67 }), 'more than a page has');
my @first = map { $_->{client} } @{ json_of(page('format=json'))->{stragglers}{items} };
is_deeply([@first[0, 49], scalar @first], ['account:many-60', 'account:many-11', 50], 'the first page');
my @second = clients('page=1') =~ /account:(?:many-\d+|B|W|A-20|it's <b>)/g;
is(scalar @second, 14, 'the second');
is(clients('page=2'), '', 'nothing is left for a third');
like(page('client=many-&sort=requests')->{body}, qr{Page 1 of 2\n<a href="\?client=many-&amp;sort=requests&amp;page=1">Next</a>}, 'a link to the next');
like(page('client=many-&sort=requests&page=1')->{body}, qr{<a href="\?client=many-&amp;sort=requests">Previous</a>\nPage 2 of 2\n</nav>}, 'and back');
like(page('sort=rejected')->{body}, qr{<a href="\?sort=rejected" aria-current="true">Most rejected</a>}, 'the order that is shown');
like(page('client=%22%3E%3Cscript%3E')->{body}, qr{<input name="client" value="&quot;&gt;&lt;script&gt;">}, 'what was searched for stays in the form, escaped');
$h->finish_ok(qr/TLSGATE0024: schedule watched: its postponement/);
done_testing;
