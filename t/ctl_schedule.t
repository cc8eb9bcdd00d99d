#!/usr/bin/perl
# tlsgatectl schedule: the timeline as people read it, whole texts; a trial that repeats is one row, and
# cutoff, grace and refuse are always there.
use strict;
use warnings;
use utf8;

use lib 't/lib';
use Encode qw(decode_utf8);
use Test::More;
use TlsGate::Ctl qw(says);

my @WHY = (qw(--reason because --by ops --yes));
my $program = TlsGate::Ctl::program();

sub conf_of { my (@lines) = @_; return "TlsGate legacy\n<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1 TLSv1.1\n" . join('', map { "$_\n" } @lines) . "</TlsGateSchedule>\n" }

# The text in that environment, without who uses it.
sub shown {
    my ($ctl, $env, @more) = @_;
    my $said = $ctl->run_as({ env => { TZ => 'UTC', %$env } }, $program, $ctl->standard, 'schedule', @more);
    is($said->{err}, '', "schedule @more: no message");
    return decode_utf8($said->{out} =~ s/^  used by .*\n(?:^  main server\n)?//mgr);
}

# What the readme's trial looks like, and what happens to it.
my @README = ('TlsGateAnnounce 2018-06-01T00:00Z', 'TlsGateTrial 2018-07-10T09:00Z/PT83M',
    'TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%',
    'TlsGateCutoff 2018-08-07T08:40Z', 'TlsGateGrace 2018-08-07T15:25Z/2018-08-21T09:00Z', 'TlsGateRefuse 2018-11-01T00:00Z');
my @TABLE = (
    # name, lines, clock, environment, changes before, arguments, text
    ['in a trial that repeats', \@README, '2018-07-20T15:05:00Z', {}, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        observe
  2018-06-01T00:00:00Z  announced (50 days ago)
  2018-07-10T09:00:00Z  trial (10 days ago)
  2018-07-10T10:23:00Z  announced (10 days ago)
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 24 times, 25% of the clients (first 1 h 5 min ago)
> 2018-07-20T15:05:00Z  now: trial, then announced from 2018-07-20T15:10:00Z
  2018-08-07T08:40:00Z  cutoff (in 18 days)
  2018-08-07T15:25:00Z  grace (in 18 days)
  2018-08-21T09:00:00Z  cutoff (in 32 days)
  2018-11-01T00:00:00Z  refuse (in 103 days)
TEXT
    ['between two of its windows, in London, at a terminal of 60 columns', \@README, '2018-07-20T15:15:00Z', { TZ => 'Europe/London', COLUMNS => 60 }, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        observe
  2018-06-01T00:00:00Z  announced (50 days ago, 01:00 BST)
  2018-07-10T09:00:00Z  trial (10 days ago, 10:00 BST)
  2018-07-10T10:23:00Z  announced (10 days ago, 11:23 BST)
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until
                        2018-07-21T14:00:00Z: 24 times, 25%
                        of the clients (first 1 h 15 min
                        ago, 15:00 BST)
> 2018-07-20T15:15:00Z  now: announced, then trial from 2018-07-20T16:00:00Z
  2018-08-07T08:40:00Z  cutoff (in 18 days, 09:40 BST)
  2018-08-07T15:25:00Z  grace (in 18 days, 16:25 BST)
  2018-08-21T09:00:00Z  cutoff (in 32 days, 10:00 BST)
  2018-11-01T00:00:00Z  refuse (in 103 days)
TEXT
    ['a suspension hides six of them', \@README, '2018-07-20T19:30:00Z', {}, [[qw(suspend legacy --until 2018-07-21T01:30Z)]], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        observe
  2018-06-01T00:00:00Z  announced (50 days ago)
  2018-07-10T09:00:00Z  trial (10 days ago)
  2018-07-10T10:23:00Z  announced (10 days ago)
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 18 times, 25% of the clients (first 5 h 30 min ago)
> 2018-07-20T19:30:00Z  now: announced, then grace from 2018-07-20T20:00:00Z
  2018-07-20T20:00:00Z  grace (in 30 min)
  2018-07-20T20:10:00Z  announced (in 40 min)
  2018-07-20T21:00:00Z  grace (in 1 h 30 min)
  2018-07-20T21:10:00Z  announced (in 1 h 40 min)
  2018-07-20T22:00:00Z  grace (in 2 h 30 min)
  2018-07-20T22:10:00Z  announced (in 2 h 40 min)
  2018-07-20T23:00:00Z  grace (in 3 h 30 min)
  2018-07-20T23:10:00Z  announced (in 3 h 40 min)
  2018-07-21T00:00:00Z  grace (in 4 h 30 min)
  2018-07-21T00:10:00Z  announced (in 4 h 40 min)
  2018-07-21T01:00:00Z  grace (in 5 h 30 min)
  2018-07-21T01:10:00Z  announced (in 5 h 40 min)
  2018-08-07T08:40:00Z  cutoff (in 18 days)
  2018-08-07T15:25:00Z  grace (in 18 days)
  2018-08-21T09:00:00Z  cutoff (in 32 days)
  2018-11-01T00:00:00Z  refuse (in 103 days)
  by hand     suspend until 2018-07-21T01:30:00Z, by ops: because
TEXT
    ['a trial by hand over three windows is a row of its own', \@README, '2018-07-20T19:59:00Z', {}, [[qw(trial legacy --until 2018-07-20T22:05Z)]], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        observe
  2018-06-01T00:00:00Z  announced (50 days ago)
  2018-07-10T09:00:00Z  trial (10 days ago)
  2018-07-10T10:23:00Z  announced (10 days ago)
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 21 times, 25% of the clients (first 5 h 59 min ago)
  2018-07-20T19:59:00Z  trial (now)
> 2018-07-20T19:59:00Z  now: trial
  2018-07-20T22:05:00Z  trial, 25% of the clients (in 2 h 6 min)
  2018-07-20T22:10:00Z  announced (in 2 h 11 min)
  2018-08-07T08:40:00Z  cutoff (in 18 days)
  2018-08-07T15:25:00Z  grace (in 18 days)
  2018-08-21T09:00:00Z  cutoff (in 32 days)
  2018-11-01T00:00:00Z  refuse (in 103 days)
  by hand     trial until 2018-07-20T22:05:00Z, by ops: because
TEXT
    ['two trials in turn are two rows', ['TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z', 'TlsGateTrial 2018-07-20T14:30Z/PT5M every=PT1H until=2018-07-21T14:00Z share=5%',
        'TlsGateCutoff 2018-08-07T08:40Z'], '2018-07-20T14:31:00Z', {}, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 24 times (first 31 min ago)
  2018-07-20T14:30:00Z  trial of 5 min, every 1 h until 2018-07-21T14:00:00Z: 24 times, 5% of the clients (first 1 min ago)
> 2018-07-20T14:31:00Z  now: trial, then announced from 2018-07-20T14:35:00Z
  2018-08-07T08:40:00Z  cutoff (in 18 days)
TEXT
    ['a trial once, for a share', ['TlsGateTrial 2018-07-20T14:00Z/PT10M share=25%', 'TlsGateCutoff 2018-08-07T08:40Z'], '2018-07-20T14:10:00Z', {}, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
  2018-07-20T14:00:00Z  trial, 25% of the clients (10 min ago)
  2018-07-20T14:10:00Z  announced (now)
> 2018-07-20T14:10:00Z  now: announced
  2018-08-07T08:40:00Z  cutoff (in 18 days)
TEXT
    ['a trial that repeats without a gap lasts', ['TlsGateTrial 2018-07-20T14:00Z/PT1H every=PT1H until=2018-07-21T14:00Z'], '2018-07-20T13:00:00Z', {}, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
> 2018-07-20T13:00:00Z  now: announced
  2018-07-20T14:00:00Z  trial (in 1 h)
  2018-07-21T14:00:00Z  announced (in 1 day 1 h)
TEXT
    ['a trial that goes on with another share', ['TlsGateTrial 2018-07-20T14:00Z/PT1H share=10%', 'TlsGateTrial 2018-07-20T15:00Z/PT1H share=50%',
        'TlsGateTrial 2018-07-20T16:00Z/PT1H', 'TlsGateTrial 2018-07-20T17:00Z/PT1H share=50%', 'TlsGateCutoff 2018-08-07T08:40Z'], '2018-07-20T15:30:00Z', {}, [], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
  2018-07-20T14:00:00Z  trial, 10% of the clients (1 h 30 min ago)
  2018-07-20T15:00:00Z  trial, 50% of the clients (30 min ago)
> 2018-07-20T15:30:00Z  now: trial
  2018-07-20T16:00:00Z  trial (in 30 min)
  2018-07-20T17:00:00Z  trial, 50% of the clients (in 1 h 30 min)
  2018-07-20T18:00:00Z  announced (in 2 h 30 min)
  2018-08-07T08:40:00Z  cutoff (in 18 days)
TEXT
    ['a trial by hand that ends within a window', ['TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%', 'TlsGateCutoff 2018-08-07T08:40Z'],
        '2018-07-20T19:59:00Z', {}, [[qw(trial legacy --until 2018-07-20T20:05Z)]], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
  2018-07-20T14:00:00Z  trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 23 times, 25% of the clients (first 5 h 59 min ago)
  2018-07-20T19:59:00Z  trial (now)
> 2018-07-20T19:59:00Z  now: trial
  2018-07-20T20:05:00Z  trial, 25% of the clients (in 6 min)
  2018-07-20T20:10:00Z  announced (in 11 min)
  2018-08-07T08:40:00Z  cutoff (in 18 days)
  by hand     trial until 2018-07-20T20:05:00Z, by ops: because
TEXT
    ['the exemption of a client holds Refuse', ['TlsGateCutoff 2018-08-07T08:40Z', 'TlsGateRefuse 2018-11-01T00:00Z'], '2018-08-08T00:00:00Z', {},
        [[qw(exempt add legacy account:a --until 2018-10-01T00:00Z)], [qw(exempt add legacy account:b --until 2018-12-01T00:00Z)], [qw(exempt add legacy account:c --until 2018-11-15T00:00Z)]], [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
  from the start        announced
  2018-08-07T08:40:00Z  cutoff (15 h 20 min ago)
> 2018-08-08T00:00:00Z  now: cutoff
  2018-12-01T00:00:00Z  refuse (in 115 days)
  exempt      3, see tlsgatectl exempt list legacy
  refuse      counts as cutoff while a client that is identified by its request is exempt
TEXT
);

for (@TABLE) {
    my ($name, $lines, $clock, $env, $changes, $args, $text) = @$_;
    my $ctl = TlsGate::Ctl->new(clock => $clock, conf => conf_of(@$lines));
    $ctl->{httpd}->stop_clock($clock);
    is($ctl->run(@$_, @WHY)->{status}, 0, "$name: @$_") for @$changes;
    is(shown($ctl, $env, @$args), $text, $name);
}

# --- many rows that cannot be folded: what lasts is shown
{
    my $day = sub { sprintf('2018-%02d-%02d', 1 + int($_[0] / 28), 1 + $_[0] % 28) };
    my $ctl = TlsGate::Ctl->new(clock => '2018-03-01T12:00:00Z', conf => conf_of((map { 'TlsGateTrial ' . $day->($_) . 'T10:00Z/PT1H' } 0 .. 167), 'TlsGateCutoff 2018-08-07T08:40Z',
        'TlsGateGrace 2018-08-08T08:40Z/P1D', 'TlsGateRefuse 2018-11-01T00:00Z'));
    $ctl->{httpd}->stop_clock('2018-03-01T12:00:00Z');
    my @lines = split(/\n/, shown($ctl, {}));
    is(scalar(grep { /  trial / } @lines), 18, 'trials around now');
    is_deeply([grep { /\.\.\./ } @lines], ['  ... 102 more: --json has them all', '  ... 198 more: --json has them all'], 'the others are counted, where they are');
    is_deeply([map { /^  \S+  (cutoff|grace|refuse) / } @lines], [qw(cutoff grace cutoff refuse)], 'cutoff, grace and refuse are shown');
    is(scalar @{ $ctl->json_of($ctl->run('schedule', '--json'))->{schedules}[0]{rows} }, 341, 'every row for programs');
}

# --- 65,000 windows take the memory of one row
{
    my $ctl = TlsGate::Ctl->new(clock => '2020-01-01T00:00:00Z', conf => conf_of('TlsGateTrial 2018-01-01T00:00Z/PT10M every=PT1H until=2025-06-01T00:00Z', 'TlsGateCutoff 2026-08-07T08:40Z'));
    $ctl->{httpd}->stop_clock('2020-01-01T00:00:00Z');
    my $said = $ctl->run_as({ env => { TZ => 'UTC' } }, 'sh', '-c', 'ulimit -d 24000; exec "$@"', 'sh', $program, '--state', $ctl->{state}, '--patience', 0, 'schedule');
    says($said, 0, qr/^  2018-01-01T00:00:00Z  trial of 10 min, every 1 h until 2025-06-01T00:00:00Z: 64992 times \(first 730 days ago\)\n> /m, undef, '65,000 windows in 24 MB of data');
}

# --- for programs: every step, and the rows
{
    my $ctl = TlsGate::Ctl->new(clock => '2018-07-20T15:05:00Z', conf => conf_of(@README));
    my $json = $ctl->json_of($ctl->run('schedule', '--json'))->{schedules}[0];
    is_deeply([scalar @{ $json->{timeline} }, scalar @{ $json->{rows} }], [56, 9], 'every step, and the rows');
    my %row = (from => '2018-07-20T14:00:00Z', phase => 'trial', every_seconds => 3600, length_seconds => 600, until => '2018-07-21T14:00:00Z', times => 24, share_percent => 25, stopped => undef);
    is_deeply($json->{rows}[4], \%row, 'a trial that repeats');
    is_deeply($json->{rows}[5], { from => '2018-08-07T08:40:00Z', phase => 'cutoff', map { $_ => undef } qw(every_seconds length_seconds until times share_percent stopped) }, 'a step');
}

# --- the calendar: whole pictures
my @DRAWN = ('TlsGateAnnounce 2018-07-03T00:00Z', 'TlsGateTrial 2018-07-10T09:00Z/PT83M', 'TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%',
    'TlsGateCutoff 2018-08-07T08:40Z', 'TlsGateGrace 2018-08-07T15:25Z/2018-08-21T09:00Z', 'TlsGateRefuse 2018-08-27T00:00Z');
my @PICTURES = (
    ['80 columns, from Monday to Sunday', '2018-07-20T15:05:00Z', { LANG => 'C.UTF-8', COLUMNS => 80 }, [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
2018   Mon      Tue      Wed      Thu      Fri      Sat      Sun
02 Jul O······· A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░
09 Jul A░░░░░░░ A░░TA░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░
16 Jul A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░T▚▚▚ T▚▚▚▚A░░ A░░░░░░░
                                                ^ now
23 Jul A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░
30 Jul A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░ A░░░░░░░
06 Aug A░░░░░░░ A░C▓▓▓G▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒
13 Aug G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒ G▒▒▒▒▒▒▒
20 Aug G▒▒▒▒▒▒▒ G▒▒C▓▓▓▓ C▓▓▓▓▓▓▓ C▓▓▓▓▓▓▓ C▓▓▓▓▓▓▓ C▓▓▓▓▓▓▓ C▓▓▓▓▓▓▓
27 Aug R███████ R███████ R███████ R███████ R███████ R███████ R███████
O· observe, A░ announced, G▒ grace: served; T▚ trial, C▓ cutoff: rejected; R█
refuse: refused in the handshake
In UTC. A mark is 3 h and has the strictest phase in it.
TEXT
    ['40 columns, without UTF-8', '2018-07-20T15:05:00Z', { COLUMNS => 40 }, [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
2018   Mon Tue Wed Thu Fri Sat Sun
02 Jul O.. A-- A-- A-- A-- A-- A--
09 Jul A-- ATA A-- A-- A-- A-- A--
16 Jul A-- A-- A-- A-- AT+ T+A A--
                        ^ now
23 Jul A-- A-- A-- A-- A-- A-- A--
30 Jul A-- A-- A-- A-- A-- A-- A--
06 Aug A-- ACG G== G== G== G== G==
13 Aug G== G== G== G== G== G== G==
20 Aug G== GC% C%% C%% C%% C%% C%%
27 Aug R## R## R## R## R## R## R##
O. observe, A- announced, G= grace:
served; T+ trial, C% cutoff: rejected;
R# refuse: refused in the handshake
In UTC. A mark is 8 h and has the
strictest phase in it.
TEXT
    ['20 columns: a mark is a day', '2018-07-20T15:05:00Z', { COLUMNS => 20 }, [], <<'TEXT'],
legacy  TLS 1.0 and 1.1
2018   M T W T F S S
02 Jul O A A A A A A
09 Jul A T A A A A A
16 Jul A A A A T T A
               ^ now
23 Jul A A A A A A A
30 Jul A A A A A A A
06 Aug A C G G G G G
13 Aug G G G G G G G
20 Aug G C C C C C C
27 Aug R R R R R R R
O. observe, A-
announced, G= grace:
served; T+ trial, C%
cutoff: rejected; R#
refuse: refused in
the handshake
In UTC. A mark is 1
day and has the
strictest phase in
it.
TEXT
    ['a Sunday of another year, and what comes after the last week', '2018-07-20T15:05:00Z', { COLUMNS => 40 }, ['--at', '2017-12-31T23:59:59Z'], <<'TEXT'],
legacy  TLS 1.0 and 1.1
2017   Mon Tue Wed Thu Fri Sat Sun
11 Dec O.. O.. O.. O.. O.. O.. O..
18 Dec O.. O.. O.. O.. O.. O.. O..
25 Dec O.. O.. O.. O.. O.. O.. O..
                            then ^
01 Jan O.. O.. O.. O.. O.. O.. O..
08 Jan O.. O.. O.. O.. O.. O.. O..
15 Jan O.. O.. O.. O.. O.. O.. O..
22 Jan O.. O.. O.. O.. O.. O.. O..
29 Jan O.. O.. O.. O.. O.. O.. O..
05 Feb O.. O.. O.. O.. O.. O.. O..
  2018-07-20T14:00:00Z  trial of 10 min,
                        every 1 h until
                        2018-07-21T14:00:00Z:
                        24 times, 25% of
                        the clients
                        (first 1 h 5 min
                        ago)
  2018-08-07T08:40:00Z  cutoff (in 18
                        days)
  2018-08-07T15:25:00Z  grace (in 18
                        days)
  2018-08-21T09:00:00Z  cutoff (in 32
                        days)
  2018-08-27T00:00:00Z  refuse (in 37
                        days)
O. observe, A- announced, G= grace:
served; T+ trial, C% cutoff: rejected;
R# refuse: refused in the handshake
In UTC. A mark is 8 h and has the
strictest phase in it.
TEXT
);
my $drawn = TlsGate::Ctl->new(clock => '2018-07-20T15:05:00Z', conf => conf_of(@DRAWN));
$drawn->{httpd}->stop_clock('2018-07-20T15:05:00Z');
for (@PICTURES) {
    my ($name, $clock, $env, $args, $text) = @$_;
    is(shown($drawn, $env, '--calendar', @$args), $text, "calendar: $name");
}

# The examples of the reference are what is printed.
my ($section) = decode_utf8(TlsGate::Httpd::slurp('docs/reference.md')) =~ /^### The timeline and the calendar\n(.*?)^##/ms;
my @examples = $section =~ /^```text\n(.*?)^```$/msg;
my $told = TlsGate::Ctl->new(clock => '2027-02-01T12:00:00Z', conf => conf_of('TlsGateAnnounce 2027-01-11T00:00Z', 'TlsGateTrial 2027-04-14T09:00Z/PT10M every=PT1H until=2027-04-15T09:00Z share=25%',
    'TlsGateCutoff 2027-06-01T09:00Z', 'TlsGateGrace 2027-06-01T15:25Z/2027-06-15T09:00Z', 'TlsGateRefuse 2027-12-01T00:00Z') =~ s/legacy/legacy-tls/gr);
$told->{httpd}->stop_clock('2027-02-01T12:00:00Z');
is(shown($told, { LANG => 'C.UTF-8', COLUMNS => 80 }), $examples[0], 'the timeline in the reference');
is(shown($told, { LANG => 'C.UTF-8', COLUMNS => 80 }, '--calendar', '--at', '2027-06-02T12:00Z'), $examples[1], 'the calendar in the reference');

# How wide a day is, by the columns: the widest that fits, at the limits.
for ([19, 1], [20, 1], [26, 1], [27, 2], [33, 2], [34, 3], [79, 8], [96, 8], [97, 12], [180, 12], [181, 24], [1000, 24], ['x', 8], [0, 8]) {
    my ($columns, $marks) = @$_;
    my ($week) = shown($drawn, { COLUMNS => $columns }, '--calendar') =~ /^23 Jul (\S+) /m;
    is(length $week, $marks, "COLUMNS=$columns: $marks marks a day");
}
like(shown($drawn, { LC_ALL => $_->[0], LANG => $_->[1] }, '--calendar'), $_->[2], "LC_ALL=$_->[0] LANG=$_->[1]")
    for ['', 'de_DE.utf8', qr/A░/], ['C', 'de_DE.UTF-8', qr/A-/], ['en_US.UTF-8', 'C', qr/A░/], ['', 'C', qr/A-/];
SKIP: {
    skip 'script is not installed', 2 unless grep { -x "$_/script" } split(/:/, $ENV{PATH});
    my @at_terminal = ('script', '-qec', join(' ', $program, $drawn->standard, 'schedule --calendar'), '/dev/null');
    like($drawn->run_as({ env => { TZ => 'UTC' } }, @at_terminal)->{out}, qr/\e\[1m +\^ now/, 'now is marked by its look as well, at a terminal');
    unlike($drawn->run_as({ env => { TZ => 'UTC', NO_COLOR => 1 } }, @at_terminal)->{out}, qr/\e/, '... but not with NO_COLOR');
}
my $calendar = $drawn->json_of($drawn->run('schedule', '--calendar', '--json'))->{schedules}[0]{calendar};
is_deeply([@$calendar{qw(start mark_seconds)}, scalar @{ $calendar->{weeks} }, $calendar->{weeks}[1]], ['2018-07-02T00:00:00Z', 10800, 9, 'AAAAAAAAAAATAAAA' . 'A' x 40], 'for programs');
is($drawn->json_of($drawn->run('schedule', '--json'))->{schedules}[0]{calendar}, undef, '... only if asked for');

done_testing;
