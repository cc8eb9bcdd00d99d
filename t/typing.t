#!/usr/bin/perl
# What people type in a hurry: all that is missing comes in one message, with a line that works; the
# name that was meant; and times, each with the right form of what was typed.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my $program = TlsGate::Ctl::program();
my $ctl = TlsGate::Ctl->new;
my $tool = $ctl->script('tlsgatectl', "exec $program \"\$@\"");
sub typed { return $ctl->run(@_) }
sub shell { return $ctl->run_as({ env => { PATH => "$ctl->{httpd}{dir}:$ENV{PATH}" } }, 'sh', '-c', $_[0]) }

# --- all of it at once, and the line of the example works as it is
my $WHICH = qr/name a schedule, or write --all \(there are: legacy-tls, kx\)/;
my $WHEN = qr/say when it ends by itself: --for DURATION, or --until INSTANT/;
my $WHY = qr/say why: --reason TEXT/;
my $NO_SUCH = qr/there is no schedule "legcy-tls" \(there are: legacy-tls, kx\)/;
for my $case (
    # typed                                          the message                     what the example does
    [[qw(suspend)],                                  qr/suspend: $WHICH; $WHEN; $WHY/, qr/^suspend legacy-tls\n  adds +suspend until 2018-08-08T14:00/],
    [[qw(suspend kx)],                               qr/suspend: $WHEN; $WHY/,       qr/^suspend kx\n/],
    [[qw(suspend --reason), "it's broken"],          qr/suspend: $WHICH; $WHEN$/m,   qr/^suspend legacy-tls\n.*: it's broken$/ms],
    [[qw(suspend legcy-tls)],                        qr/suspend: $NO_SUCH; $WHEN; $WHY/, qr/^suspend legacy-tls\n/],
    [[qw(suspend legcy-tls --for 2hours)],           qr/suspend: $NO_SUCH; $WHY/,    qr/^suspend legacy-tls\n/],
    [[qw(suspend --json legcy-tls)],                 qr/suspend: $NO_SUCH; $WHEN; $WHY/, qr/"schedule": *"legacy-tls"|"name": *"legacy-tls"/],
    [[qw(suspend --dry-run --until 17:45Z legcy-tls)], qr/suspend: $NO_SUCH; $WHY/,  qr/^suspend legacy-tls\n/],
    [[qw(suspend kx --until 17:45)],                 qr/suspend: $WHY/,              qr/^suspend kx\n.* until 2018-08-09T09:00:00Z/ms],
    [[qw(--by alice suspend --all)],                 qr/suspend: $WHEN; $WHY/,       qr/^suspend legacy-tls\n.*by alice.*^suspend kx\n/ms],
    [[qw(trial)],                                    qr/trial: $WHICH; $WHEN; $WHY/, qr/^trial legacy-tls\n/],
    [[qw(extend)],                                   qr/extend: $WHICH; $WHEN$/m,    qr/^extend legacy-tls\n/],
    [[qw(postpone)],                                 qr/postpone: name a schedule \(there are: legacy-tls, kx\); say when: --cutoff INSTANT; $WHY/, qr/^postpone legacy-tls\n  adds +postpone to 2018-09-05T12:00:00Z/],
    [[qw(postpone kx)],                              qr/postpone: say when: --cutoff INSTANT; $WHY/, qr/^postpone kx\n  adds +postpone to 2019-01-29T00:00:00Z/],
    [[qw(exempt add)],                               qr/exempt: name a schedule \(there are: legacy-tls, kx\); name a client: account:NAME [^;]*; $WHEN; $WHY/, qr/^exempt add legacy-tls\n  adds +exempt account:NAME until/],
    [[qw(exempt add kx)],                            qr/exempt: name a client: [^;]*; $WHEN; $WHY/, qr/^exempt add kx\n/],
    [[qw(exempt remove legcy-tls account:NAME)],     qr/exempt: $NO_SUCH; $WHY/,     qr/^exempt remove legacy-tls\n/],
) {
    my ($args, $message, $does) = @$case;
    my $said = typed(@$args);
    my ($example) = $said->{err} =~ /^tlsgatectl: for example: (.*)$/m;
    is($said->{status}, 2, "@$args") or diag($said->{out});
    like($said->{err}, qr/\Atlsgatectl: $message\n/, '... all of it in one message') or diag($said->{err});
    is(scalar(() = $said->{err} =~ /\n/g), 2, '... of two lines');
    $ctl->run(qw(suspend legacy-tls --for 1h --reason x --yes)) if $args->[0] eq 'extend';
    my $done = shell(($example // 'false') . ' --yes');
    is($done->{status}, 0, '... and the line of the example works') or diag("$example\n$done->{err}");
    like($done->{out}, $does, '... as it says');
}

# --- the name that was meant
for my $case (
    [qr/there is no command "suspnd"; did you mean suspend\?/,            'suspnd'],
    [qr/there is no command "stauts"; did you mean status\?/,             'stauts'],
    [qr/there is no command "nonsense"$/m,                                'nonsense'],
    [qr/suspend has no option --untill; did you mean --until\?/,          'suspend', 'kx', '--untill', '17:45Z'],
    [qr/suspend has no option --resaon; did you mean --reason\?/,         'suspend', 'kx', '--resaon=x'],
    [qr/hash has no option --jsn; did you mean --json\?/,                 'hash', '--jsn'],
    [qr/there is no exempt ad; did you mean exempt add\?/,               'exempt', 'ad', 'kx'],
    [qr/there is no option --sate; did you mean --state\?/,               '--sate', 'x'],
) {
    my ($message, @args) = @$case;
    my $said = typed(@args);
    is($said->{status}, 2, "@args");
    like($said->{err}, qr/\Atlsgatectl: $message/, '... what was meant');
    is(scalar(() = $said->{err} =~ /\n/g), 2, '... in two lines') or diag($said->{err});
}
says(typed(qw(suspend legacy --for 2h --reason x --yes)), 2, undef, qr/there is no schedule "legacy"; did you mean legacy-tls\?; there are: legacy-tls, kx/, 'a schedule');
says(typed(qw(schedule legacy_tls)), 2, undef, qr/there is no schedule "legacy_tls"; did you mean legacy-tls\?; there are/, '... also of a command that shows');

# --- times
my @SUSPEND = (qw(suspend kx --reason x --yes));
for my $case (
    ['--for',   '2h',              '2018-08-08T14:00'], ['--for', '90m', '2018-08-08T13:30'], ['--for', '3d', '2018-08-11T12:00'],
    ['--for',   '2w',              '2018-08-22T12:00'], ['--for', '1d12h', '2018-08-10T00:00'], ['--for', 'PT2H', '2018-08-08T14:00'],
    ['--until', '17:45Z',          '2018-08-08T17:45'], ['--until', '09:00Z', '2018-08-09T09:00'],
    ['--until', 'tomorrow 09:00Z', '2018-08-09T09:00'], ['--until', '17:45+02:00', '2018-08-08T15:45'],
) {
    my ($option, $value, $end) = @$case;
    says(typed(@SUSPEND, $option, $value), 0, qr/(?:adds|by) +suspend until $end:\d\dZ/, qr/./, "$option $value");
}
for my $case (
    ['--for',   '2 hours',          qr/is not a duration; write 2h$/m],
    ['--for',   '2',                qr/has no unit; write 2h for hours, 2m for minutes or 2d for days$/m],
    ['--for',   '2H',               qr/is not a duration; write 2h$/m],
    ['--for',   '1 month',          qr/months and years differ in length; write days or weeks/],
    ['--until', '17:45',            qr/local time is ambiguous; write 17:45Z for UTC/],
    ['--until', '17:45 CEST',       qr/"CEST" is not an offset; write 17:45Z for UTC/],
    ['--until', '2026-12-01',       qr/write 2026-12-01T00:00Z for midnight UTC/],
    ['--until', '2026-12-01 09:00', qr/write 2026-12-01T09:00Z for UTC/],
    ['--until', 'tomorrow',         qr/write 17:45Z, tomorrow 09:00Z or 2018-08-09T09:00Z$/m],
    ['--until', 'yesterday 09:00Z', qr/it is in the past/],
) {
    my ($option, $value, $fix) = @$case;
    my $said = typed(@SUSPEND, $option, $value);
    says($said, 2, undef, $fix, "$option $value: the right form of it");
    unlike($said->{err}, qr/2018-07-10|2018-08-21/, '... and no date of an example');
}
says(typed(qw(postpone kx --reason x --yes --cutoff), '2019-02-01'), 2, undef, qr/--cutoff "2019-02-01": .*write 2019-02-01T00:00Z for midnight UTC/, '--cutoff');
says(typed(qw(schedule kx --at), '2019-02-01 10:00'), 2, undef, qr/--at .*write 2019-02-01T10:00Z for UTC/, '--at');

# --- a URL may have a name in it
unlike(typed('--store', 'etcd://alice@127.0.0.1:1/k', 'suspend')->{err}, qr/alice/, 'the example does not repeat the user of a store');
done_testing;
