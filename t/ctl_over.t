#!/usr/bin/perl
# A change by hand that has just ended: status, previews, timelines and undo say that it ended, and when; and a
# change whose end passes while somebody thinks about it is not made.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my @WHY = (qw(--reason because --by ops --yes));
my $program = TlsGate::Ctl::program();
my $ctl = TlsGate::Ctl->new;
my $h = $ctl->{httpd};
$h->stop_clock('2018-08-08T12:00:00Z');
is($ctl->run(@$_, @WHY)->{status}, 0, "@$_") for [qw(suspend legacy-tls --for 1h)], [qw(trial kx --for 10m)], [qw(postpone kx --cutoff 2019-02-01T00:00Z)], [qw(exempt add kx account:a --for 10m)];
sub run { my (@args) = @_; return $ctl->run_as({ env => { TZ => 'UTC' } }, $program, $ctl->standard, @args) }

# Both sides of the second at which the suspension ends.
my $LAST = '2018-08-08T12:59:59Z';
my $END = '2018-08-08T13:00:00Z';
for (
    [ 'status',    ['status'],                                         qr/^in force\n  legacy-tls: suspended until 13:00Z \(in 1 s\), by ops: because$/m,
        qr/^over\n  legacy-tls: suspension ended at 13:00Z \(now\), made by ops: because\n  kx: trial by hand ended at 12:10Z \(50 min ago\), made by ops: because\n  kx: exemption of account:a ended at 12:10Z \(50 min ago\), owner ops: because$/m ],
    [ 'schedule',  [qw(schedule legacy-tls)],                          qr/^  by hand     suspend until $END, by ops: because$/m, qr/^  by hand     suspend, over since $END, by ops: because$/m ],
    [ 'suspend',   [ qw(suspend legacy-tls --for 2h --dry-run), @WHY ], qr/^  replaces    suspend until $END, by ops/m, qr/^  replaces    suspend, over since $END, by ops/m ],
    [ 'resume',    [ qw(resume legacy-tls --dry-run), @WHY ],           qr/^  ends        suspend until $END, by ops/m, qr/^  removes     suspend, over since $END, by ops/m ],
    [ 'resume --all', [ qw(resume --all --confirm-all --dry-run --by ops --reason x) ], qr/^  ends        suspend until $END.*^  removes     trial, over since 2018-08-08T12:10:00Z.*^  ends        postpone to 2019-02-01T00:00:00Z/ms, qr/^  removes     suspend, over since $END/m ],
    [ 'exempt remove', [ qw(exempt remove kx account:a --dry-run), @WHY ], qr/^  removes     exempt account:a, over since 2018-08-08T12:10:00Z, owner ops, by ops/m, qr/^  removes     exempt account:a, over since/m ],
) {
    my ($what, $args, $before, $after) = @$_;
    $h->stop_clock($LAST);
    like(run(@$args)->{out}, $before, "$what: a second before the end");
    $h->stop_clock($END);
    like(run(@$args)->{out}, $after, '... and at the end');
}

# What is warned of.
for (
    [ [ qw(suspend legacy-tls --for 2h) ], qr/this replaces its suspend until $END/, undef ],
    [ [ qw(resume legacy-tls) ], undef, qr/^tlsgatectl: warning: legacy-tls: its suspend ended at $END by itself, so only its entry is removed$/m ],
    [ [ qw(resume --all --confirm-all) ], qr/kx: its trial ended at 2018-08-08T12:10:00Z by itself/, qr/legacy-tls: its suspend ended at $END by itself/ ],
) {
    my ($args, $before, $after) = @$_;
    my @why = $args->[1] eq '--all' ? qw(--reason because --by ops) : @WHY;
    for ([ $LAST, $before ], [ $END, $after ]) {
        my ($time, $said) = @$_;
        $h->stop_clock($time);
        my $err = run(@$args, '--dry-run', @why)->{err};
        defined $said ? like($err, $said, "@$args at $time") : unlike($err, qr/legacy-tls: (?:its suspend|this replaces)/, "@$args at $time: no word");
    }
}
says(run(qw(undo --dry-run), @WHY), 0, qr/^  removes     exempt account:a, over since/m, qr/kx: the entry that undo removes expired at 2018-08-08T12:10:00Z by itself/, 'undo of what has ended says so');
$h->stop_clock($LAST);
is(run(qw(undo --dry-run --change), $ctl->json_of(run(qw(audit --json)))->{changes}[0]{id}, @WHY)->{err} =~ /ended at/ ? 1 : 0, 0, '... and nothing of what has not');

# --- while it is asked
SKIP: {
    skip 'script is not installed', 4 unless grep { -x "$_/script" } split /:/, $ENV{PATH};
    for ([ '2018-08-08T14:59:59Z', 0 ], [ '2018-08-08T15:00:00Z', 2 ]) {
        my ($answered, $status) = @$_;
        my $fresh = TlsGate::Ctl->new;
        my ($dir, $file) = ($fresh->{httpd}{dir}, $fresh->{state});
        $fresh->{httpd}->stop_clock('2018-08-08T14:00:00Z');
        my $line = join ' ', map { "'$_'" } $program, $fresh->standard, qw(suspend legacy-tls --for 1h --reason x --by ops);
        my $begun = $fresh->begin({}, 'sh', '-c', '{ while [ ! -e "$0" ]; do sleep .05; done; echo y; } | script --quiet --return --flush --command "$1" "$2" >/dev/null; exit $?', "$dir/go", $line, "$dir/typescript");
        ok($fresh->{httpd}->wait_until(sub { TlsGate::Httpd::slurp("$dir/typescript") =~ m{Do it\?} }), 'it asks');
        $fresh->{httpd}->stop_clock($answered);
        $fresh->{httpd}->write_file('go', '');
        my $said = $fresh->finish($begun);
        is($said->{status}, $status, "answered at $answered");
    }
}
done_testing;
