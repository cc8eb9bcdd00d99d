# What became of the clients of a trial is counted from when it really ended: one that is on, was stopped, was stopped and
# ran on, or whose log ends too early. Each says what is known, and the same in whatever order the lines are read.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ack;
use TlsGate::Ctl;
use TlsGate::Schema;
use TlsGate::State qw(document suspend);

my $ctl = TlsGate::Ctl->new(clock => '2018-07-20T12:00:00Z', conf => <<'CONF');
TlsGate legacy
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T10:00Z/2018-07-10T11:00Z
    TlsGateTrial     2018-07-16T10:00Z/PT10M every=PT1H until=2018-07-16T13:00Z
    TlsGateTrial     2018-07-20T11:00Z/2018-07-20T13:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
CONF
$ctl->{httpd}->stop_clock('2018-07-20T12:00:00Z');
my $schema = TlsGate::Schema->new('docs/report.schema.json');
my @logs = map { "$ctl->{dir}/log$_" } 1, 2;
srand 7;

# `10T10:05:00 A` was rejected; with `guard` or `suspend` it was served because of that.
sub line_of {
    my ($time, $client, $by) = split ' ', shift;
    my $override = $by ? qq({"kind":"$by","until":null}) : 'null';
    return sprintf qq({"\@timestamp":"2018-07-%sZ","tlsgate":{"client":"account:%s","protocol":"TLSv1","schedule":"legacy","phase":"%s","verdict":"%s","enforced":true,"override":%s}}\n),
        $time, $client, $by ? 'grace' : 'trial', $by ? 'warn' : 'reject', $override;
}

# The trial of that day, by lines in their order, and in others, in two logs.
sub trial_of {
    my ($day, $lines, @args) = @_;
    my @lines = map { line_of($_) } @$lines;
    my $all;
    for my $turn (0 .. 3) {
        my @order = $turn == 0 ? @lines : $turn == 1 ? reverse @lines : map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [rand, $_] } @lines;
        my $first = $turn == 0 ? @order : 1;
        $ctl->write($logs[0], join '', @order[0 .. $first - 1]);
        $ctl->write($logs[1], join '', @order[$first .. $#order]);
        my $document = $ctl->json_of($ctl->run('report', @logs, '--trials', '--json', @args));
        ok($schema->fits($document), 'it fits its schema') or diag($schema->wrong);
        $all //= $document->{trials};
        is_deeply($document->{trials}, $all, '... in another order') or last if $turn;
    }
    return (grep { substr($_->{start}, 8, 2) == $day } @$all)[0];
}
my @KNOWN = qw(ended_at cut_short_by cut_short_at ran_on_from seconds_since stragglers met moved retried silent ten_minutes_an_hour);
sub told {
    my ($name, $trial, $known, $text) = @_;
    is(join(' ', map { !defined ? '-' : s/^2018-07-(..)T(.*)Z$/$1T$2/r } @$trial{@KNOWN}), $known, $name);
    return is($trial->{text}, $text, '... in a sentence');
}

# --- one that is on
my $AFTER = 'what they do afterwards is known after its end';
told('on', trial_of(20, ['20T11:05:00 A', '20T11:55:00 B']), '- - - - - 2 2 - - - -', "still on until 2018-07-20T13:00:00Z, figures so far: met 2 of 2; $AFTER");
told('on, and a stop of which the log tells may be taken back', trial_of(20, ['20T11:05:00 A', '20T11:30:00 A guard']), '- guard 20T11:30:00 - - 1 1 - - - -',
    "still on until 2018-07-20T13:00:00Z, figures so far: met 1 of 1; $AFTER; TlsGateGuard stopped it, first seen at 2018-07-20T11:30:00Z");
$ctl->write($ctl->{state}, document(suspend('legacy', '2018-07-21T00:00:00Z', since => '2018-07-20T11:40:00Z')));
told('what is in force stops it for good', trial_of(20, ['20T11:05:00 A', '20T11:06:00 B', '20T11:50:00 A suspend']), '20T11:40:00 suspend 20T11:40:00 - 600 2 2 0 1 1 -',
    'met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 10 min since; it was suspended at 2018-07-20T11:40:00Z');
$ctl->write($ctl->{state}, document(suspend('legacy', '2018-07-20T12:30:00Z', since => '2018-07-20T11:40:00Z')));
told('... but not if it ends before the trial', trial_of(20, ['20T11:05:00 A', '20T11:50:00 A suspend']), '- suspend 20T11:40:00 - - 1 1 - - - -',
    "still on until 2018-07-20T13:00:00Z, figures so far: met 1 of 1; $AFTER; it was suspended from 2018-07-20T11:40:00Z to 2018-07-20T12:30:00Z, and it goes on then");
$ctl->write($ctl->{state}, document());

# --- stops that httpd has kept, and what is in force: a resume goes before a stop that httpd has not yet noted as lifted
sub kept {
    my ($state, @stops) = @_;
    $ctl->write($ctl->{state}, $state);
    my @kept = map { { schedule => 'legacy', at => "2018-07-20T$_->[0]Z", until => '2018-07-20T13:00:00Z', back => $_->[1] && "2018-07-20T$_->[1]Z", requests => 4, rejected => 4, share => 5000 } } @stops;
    return TlsGate::Ack::pretend($ctl->{state}, text => $state, started => "2018-08-09T00:00:00Z", stops => \@kept);
}
my @twice = (['11:10:00', '11:20:00'], ['11:30:00', '11:35:00']);
my $resume = { schedule => 'legacy', kind => 'resume', reason => 'known', by => 'ops', since => '2018-07-20T11:35:00Z' };
my @rejected = ('20T11:05:00 A', '20T11:36:00 B');
for my $noted (1, 0) {
    my $kept = kept(document($resume), $twice[0], [$twice[1][0], $noted ? $twice[1][1] : undef]);
    my $trial = trial_of(20, \@rejected);
    told('stopped twice, and on' . ($noted ? '' : ', which httpd has not noted yet'), $trial, '- guard 20T11:10:00 20T11:35:00 - 2 2 - - - -',
        "still on until 2018-07-20T13:00:00Z, figures so far: met 2 of 2; $AFTER; TlsGateGuard stopped it from 2018-07-20T11:10:00Z to 2018-07-20T11:20:00Z; TlsGateGuard stopped it from 2018-07-20T11:30:00Z to 2018-07-20T11:35:00Z, and it ran on");
    is(join(' ', map { $_->{from_exact} . $_->{to_exact} } @{ $trial->{gaps} }), '11 11', '... to the second');
}
for (
    [ '12:30', '- guard 20T11:10:00 -', 'still on until 2018-07-20T13:00:00Z, figures so far: ', 'from 2018-07-20T11:40:00Z to 2018-07-20T12:30:00Z, and it goes on then' ],
    [ '14:00', '20T11:40:00 suspend 20T11:40:00 -', '', 'at 2018-07-20T11:40:00Z' ],
) {
    my ($until, $known, $before, $when) = @$_;
    my $kept = kept(document(suspend('legacy', "2018-07-20T$until:00Z", since => '2018-07-20T11:40:00Z')), $twice[0]);
    my $trial = trial_of(20, [@rejected, '20T11:45:00 A suspend']);
    is(join(' ', map { !defined ? '-' : s/^2018-07-(..)T(.*)Z$/$1T$2/r } @$trial{ @KNOWN[0 .. 3] }), $known, "a stop, and a suspend until $until");
    like($trial->{text}, qr/\A${before}met 2 of 2.*; TlsGateGuard stopped it from 2018-07-20T11:10:00Z to 2018-07-20T11:20:00Z; it was suspended $when\z/, '... each with its own times');
}
$ctl->write($ctl->{state}, document());

# --- ten minutes an hour, of a day
my @day = ('10T10:05:00 A', '10T11:05:00 B', '10T12:30:00 C');
my $day = sub { return trial_of(10, [@day, $_[0]]) };
told('before a day is over it is not told what would have met more', $day->('11T09:59:59 D'), '10T11:00:00 - - - 82799 1 1 0 0 1 -', 'met 1 of 1: 0 moved since, 0 came again as before, 1 silent in the 23 h since');
told('... and then it is', $day->('11T10:00:00 D'), '10T11:00:00 - - - 82800 1 1 0 0 1 2', 'met 1 of 1: 0 moved since, 0 came again as before, 1 silent in the 23 h since; ten minutes an hour would have met 2');

# --- stopped: who comes afterwards in its window has come again
my @stopped = ('10T10:05:00 A', '10T10:06:00 B', '10T10:07:00 C guard', '10T10:30:00 A guard');
told('who was served in its window after the stop came again', trial_of(10, [@stopped, '10T12:07:00 Z']), '10T10:07:00 guard 10T10:07:00 - 7200 2 2 0 1 1 -',
    'met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 2 h since; TlsGateGuard stopped it, first seen at 2018-07-10T10:07:00Z');
told('not who was rejected in the second of the stop', trial_of(10, ['10T10:07:00 A', @stopped[2, 3], '10T12:07:01 Z']), '10T10:07:01 guard 10T10:07:00 - 7200 1 1 0 1 0 -',
    'met 1 of 1: 0 moved since, 1 came again as before, 0 silent in the 2 h since; TlsGateGuard stopped it, first seen at 2018-07-10T10:07:00Z');
told('... or two seconds after it', trial_of(10, ['10T10:07:02 A', @stopped[2, 3], '10T12:07:03 Z']), '10T10:07:03 guard 10T10:07:00 - 7200 1 1 0 1 0 -',
    'met 1 of 1: 0 moved since, 1 came again as before, 0 silent in the 2 h since; TlsGateGuard stopped it, first seen at 2018-07-10T10:07:00Z');
told('of two kinds at once the guard is told', trial_of(10, ['10T10:05:00 A', '10T10:07:00 B suspend', '10T10:07:00 C guard', '10T12:07:00 Z']), '10T10:07:00 guard 10T10:07:00 - 7200 1 1 0 0 1 -',
    'met 1 of 1: 0 moved since, 0 came again as before, 1 silent in the 2 h since; TlsGateGuard stopped it, first seen at 2018-07-10T10:07:00Z');

# --- stopped, and taken back
my @resumed = ('10T10:05:00 A', '10T10:10:00 B guard', '10T10:20:00 C guard', '10T10:30:00 D');
told('one that ran on is counted to its end', trial_of(10, [@resumed, '10T13:00:00 A']), '10T11:00:00 guard 10T10:10:00 10T10:20:00 7200 2 2 0 1 1 -',
    'met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 2 h since; TlsGateGuard stopped it, as far as is known, from 2018-07-10T10:10:00Z to 2018-07-10T10:20:00Z, and it ran on');
told('... and one that was stopped again to the last rejection', trial_of(10, [@resumed, '10T10:40:00 A guard', '10T12:30:01 Z']), '10T10:30:01 guard 10T10:10:00 - 7200 2 2 0 1 1 -',
    'met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 2 h since; TlsGateGuard stopped it, first seen at 2018-07-10T10:10:00Z, and somebody was rejected until 2018-07-10T10:30:00Z');
told('a repeated one runs on in its next window', trial_of(16, ['16T10:05:00 A', '16T11:05:00 A guard', '16T12:05:00 B', '16T14:00:00 B']), '16T13:00:00 guard 16T11:05:00 16T11:05:00 3600 2 2 0 1 1 -',
    'met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 1 h since; TlsGateGuard stopped it, seen at 2018-07-16T11:05:00Z, and it ran on');

# --- a guard, and then a suspend: each is told
my @both = ('10T10:05:00 A', '10T10:10:00 B guard', '10T10:20:00 C guard', '10T10:25:00 D', '10T10:30:00 B suspend', '10T10:35:00 C suspend');
my $guarded = 'TlsGateGuard stopped it, as far as is known, from 2018-07-10T10:10:00Z to 2018-07-10T10:20:00Z; it was suspended';
my $both = trial_of(10, [@both, '10T10:40:00 D', '10T13:00:00 A']);
told('a guard and a suspend are two stops', $both, '10T11:00:00 guard 10T10:10:00 10T10:35:00 7200 2 2 0 1 1 -',
    "met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 2 h since; $guarded, as far as is known, from 2018-07-10T10:30:00Z to 2018-07-10T10:35:00Z, and it ran on");
is_deeply([map { join ' ', @$_{qw(by from to)} } @{ $both->{gaps} }], ['guard 2018-07-10T10:10:00Z 2018-07-10T10:20:00Z', 'suspend 2018-07-10T10:30:00Z 2018-07-10T10:35:00Z'], '... as gaps');
told('... the second for good', trial_of(10, [@both, '10T12:30:00 A']), '10T10:30:00 suspend 10T10:30:00 - 7200 2 2 0 1 1 -',
    "met 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 2 h since; $guarded, first seen at 2018-07-10T10:30:00Z");

# --- how long the log goes on
told('a log that ends in the trial tells nothing of what followed', trial_of(10, ['10T10:05:00 A']), '10T11:00:00 - - - - 1 1 - - - -', 'met 1 of 1; what they did since is not known yet: the log ends at 2018-07-10T10:05:00Z');
for my $end ('10T10:59:59', '10T11:00:00') {
    told("a log to $end tells nothing of what followed", trial_of(10, ['10T10:05:00 A', "$end Z guard"], '--exclude', '192.0.2.1'),
        ($end =~ /11:00/ ? '10T11:00:00 - -' : '10T10:59:59 guard 10T10:59:59') . ' - - 1 1 - - - -',
        "met 1 of 1; what they did since is not known yet: the log ends at 2018-07-${end}Z" . ($end =~ /11:00/ ? '' : "; TlsGateGuard stopped it, first seen at 2018-07-${end}Z"));
}
told('a second later it does', trial_of(10, ['10T10:05:00 A', '10T11:00:01 Z']), '10T11:00:00 - - - 1 1 1 0 0 1 -', 'met 1 of 1: 0 moved since, 0 came again as before, 1 silent in the 1 s since');
told('--until ends it too', trial_of(10, ['10T10:05:00 A', '10T13:00:00 Z'], '--until', '2018-07-10T10:30:00Z'), '- - - - - 1 1 - - - -',
    'figures to 2018-07-10T10:30:00Z, before its end at 2018-07-10T11:00:00Z: met 1 of 1; what they did afterwards is not looked at');

# --- a trial that the log does not have, one that begins after --until, and one that is on
my @late = ('10T11:00:00 A', '20T11:10:00 B');
told('a trial before the log', trial_of(10, [@late]), '10T11:00:00 - - - 864600 - - - - - -', 'whom it met is not known: the first client was seen at 2018-07-10T11:00:00Z, after it');
told('... or before --since', trial_of(10, ['10T10:05:00 A', @late], '--since', '2018-07-16T00:00:00Z'), '10T11:00:00 - - - 864600 - - - - - -', 'whom it met is not known: the first client was seen at 2018-07-20T11:10:00Z, after it');
is(trial_of(20, [@late], '--until', '2018-07-20T11:00:00Z'), undef, 'one that begins after --until is not told');
told('--until in one that is on', trial_of(20, [@late], '--until', '2018-07-20T11:30:00Z'), '- - - - - 2 1 - - - -', 'figures to 2018-07-20T11:30:00Z, before its end at 2018-07-20T13:00:00Z: met 1 of 2; what they did afterwards is not looked at');

# --- a letter names no time in which its client was not rejected
$ctl->write("$ctl->{dir}/template", "Subject: s\n\nMet: {trials}\n");
for (
    [ 'whole',            ['10T10:05:00 A', '10T12:00:00 A'],                     'Tue 10 Jul 2018, 10:00 UTC to Tue 10 Jul 2018, 11:00 UTC' ],
    [ 'stopped',          [@stopped],                                             'Tue 10 Jul 2018, 10:00 UTC to Tue 10 Jul 2018, 10:07 UTC at the latest' ],
    [ 'stopped and on',   [@resumed],                                             'Tue 10 Jul 2018, 10:00 UTC to Tue 10 Jul 2018, 11:00 UTC, but not from Tue 10 Jul 2018, 10:10 UTC to Tue 10 Jul 2018, 10:20 UTC' ],
    [ 'stopped twice',    [@both, '10T10:40:00 D', '10T13:00:00 A'],               'Tue 10 Jul 2018, 10:00 UTC to Tue 10 Jul 2018, 11:00 UTC, but not from Tue 10 Jul 2018, 10:10 UTC to Tue 10 Jul 2018, 10:20 UTC and from Tue 10 Jul 2018, 10:30 UTC to Tue 10 Jul 2018, 10:35 UTC' ],
    [ 'on',               ['20T11:05:00 A'],                                       'Fri 20 Jul 2018, 11:00 UTC to Fri 20 Jul 2018, 13:00 UTC, which is not over yet' ],
    [ 'repeated',         ['16T10:05:00 A', '16T11:05:00 A suspend'],             'at least once in one of: every hour for 10 min, from Mon 16 Jul 2018, 10:00 UTC to Mon 16 Jul 2018, 11:05 UTC at the latest' ],
) {
    my ($name, $lines, $expected) = @$_;
    $ctl->write($logs[0], join '', map { line_of($_) } @$lines);
    my $out = $ctl->run('letters', $logs[0], '--format', 'csv', '--template', "$ctl->{dir}/template")->{out};
    my ($met) = $out =~ /Met: ([^"]*?)\s*"/;
    is(($met // $out) =~ s/\s+/ /gr, $expected, "a letter about one that was $name");
}
done_testing;
