# Whom the next trial would have met: the page of a httpd, and tlsgatectl from the log of that httpd and from the page as JSON. Where all have
# the same they say the same; where one knows more, what it says is what docs/numbers.md explains.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get json_of);
use TlsGate::Ctl qw(says);

my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2018-07-09T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-16T10:00Z/PT1H
    TlsGateTrial     2018-07-17T10:00Z/PT10M
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule quarter>
    TlsGateDeprecate TLSv1.1
    TlsGateTrial     2018-07-16T10:00Z/PT1H share=25%
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateTrackUpgrades on
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy quarter
    <Location /status>
        SetHandler tlsgate-status
        Require all granted
    </Location>
</VirtualHost>
CONF
my $h = $ctl->{httpd}->start;
my $log = $h->dir . '/logs/tlsgate.ndjson';
my @WHY = ('--reason', 'because', '--by', 'ops', '--yes');
sub page { my ($query) = @_; return get($h->port, 'TLSv1.3', "/status?format=json$query") }
sub come { my ($account, $times, $protocol) = @_; get($h->port, $protocol // 'TLSv1', '/', "X-Account: $account") for 1 .. $times; return }
sub kept { my ($n) = @_; return $h->wait_until(sub { my $sum = 0; for my $p (0, 1) { $sum += $_->{requests} for @{ json_of(page("&page=$p"))->{stragglers}{items} } } $sum == $n }) }
sub words { my ($met, $requests) = @_; return join(' ', @$met{ qw(start end clients), $requests }, sort @{ $met->{first} }) }

# What the page says of a schedule, and what tlsgatectl says of the same instant.
sub on_page { my ($n) = @_; return words(json_of(page(''))->{schedules}[$n]{next_trial}, 'requests_estimated') }
sub of { my ($schedule, @from) = @_; return words($ctl->json_of($ctl->run('schedule', $schedule, '--json', @from))->{schedules}[0]{next_trial_met}, 'requests') }
sub from_log { my ($schedule) = @_; return of($schedule, '--log', $log) }
sub from_page { my ($schedule) = @_; return of($schedule, map { $h->write_file("page$_", page("&page=$_")->{body}); ('--ledger', $h->dir . "/page$_") } 0, 1) }

# On a Monday A comes four times, B twice, E and N three times each; of 40 others with another protocol a quarter is met.
$h->stop_clock('2018-07-09T10:05:00Z');
come('N', 3);
come('E', 3);
come('B', 2);
come('A', 4);
come("q-$_", 1, 'TLSv1.1') for reverse 1 .. 40;
ok(kept(52), 'all have come') or diag(page('')->{body});
$h->stop_clock('2018-07-09T12:00:00Z');

my $trial = '2018-07-16T10:00:00Z 2018-07-16T11:00:00Z';
is(on_page(0), "$trial 4 12 account:A account:B account:E", 'the page');
is(from_log('legacy'), on_page(0), '... as the log has it');
is(from_page('legacy'), on_page(0), '... and the page as JSON');
my ($clients) = on_page(1) =~ /^\S+ \S+ (\d+)/;
cmp_ok($clients, '>', 3, 'of a share some are met');
cmp_ok($clients, '<', 20, '... and no more');
is(from_log('quarter'), on_page(1), '... the same by the log');
is(from_page('quarter'), on_page(1), '... and by the page as JSON');

# --- exempt: in all of the trial, or in a part of it
says($ctl->run('exempt', 'add', 'legacy', 'account:E', '--until', '2018-07-16T11:00Z', '--owner', 'x', @WHY), 0, qr/./, qr/./, 'one is exempt in all of it');
says($ctl->run('exempt', 'add', 'legacy', 'account:N', '--until', '2018-07-16T10:59:59Z', '--owner', 'x', @WHY), 0, qr/./, qr/./, '... one in a part');
is(on_page(0), "$trial 3 9 account:A account:B account:N", 'the page leaves out who is exempt in all of it');
is(from_log('legacy'), on_page(0), '... tlsgatectl too, from the log');
is(from_page('legacy'), on_page(0), '... and from the page as JSON');
is($ctl->json_of($ctl->run('schedule', 'legacy', '--json', '--log', $log))->{schedules}[0]{next_trial_met}{exempt}, 1, '... and says how many');

# --- what differs. One has moved: the log has no modern requests.
get($h->port, 'TLSv1.3', '/', 'X-Account: B');
ok($h->wait_until(sub { on_page(0) !~ /account:B/ }), 'the page leaves out who has moved');
is(on_page(0), "$trial 2 7 account:A account:N", '... with its requests');
is(from_page('legacy'), on_page(0), '... and tlsgatectl from it');
like(from_log('legacy'), qr/^$trial 3 9 /, '... but not from the log');

# Who comes in two hours has all requests spread over them on the page, and each where it was in the log.
$h->stop_clock('2018-07-09T13:00:00Z');
come('A', 2);
ok(kept(54), 'A comes again');
is(on_page(0), "$trial 2 6 account:A account:N", 'half of the six of A, and three');
like(from_log('legacy'), qr/^$trial 3 9 /, '... the four of A in that hour, and five');

# Of a trial of ten minutes the page knows the hour alone.
$h->stop_clock('2018-07-10T10:30:00Z');
come('D', 6);
ok(kept(60), 'D comes half an hour after a time of the next trial');
$h->stop_clock('2018-07-16T11:00:00Z');
$trial = '2018-07-17T10:00:00Z 2018-07-17T10:10:00Z';
is(on_page(0), "$trial 1 1 account:D", 'the page has met it, with a sixth of its requests');
is(from_page('legacy'), on_page(0), '... and so has tlsgatectl from the page');
is(from_log('legacy'), "$trial 0 0", '... and the log has not');
$h->finish_ok;
done_testing;
