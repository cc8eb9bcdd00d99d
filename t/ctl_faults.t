#!/usr/bin/perl
# Faults while tlsgatectl writes: it is killed at any step, the disk is full, others
# write too, the file is broken, the audit log cannot be written. The state is the old one or
# the new one, never a third, and no change is lost.
use strict;
use warnings;

use lib 't/lib';
use Fcntl qw(:flock);
use IPC::Open2;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use TlsGate::Ctl;
use TlsGate::Long qw(short_or_long);

my $program = TlsGate::Ctl::program();
my @WHY = (qw(--reason because --by ops));
my @ADD = (qw(exempt add legacy-tls account:new --until 2030-01-01T00:00Z --yes), @WHY);
my @REMOVE = (qw(exempt remove legacy-tls account:new --yes), @WHY);

# Many runs: httpd is not called, and the clock is the real one.
$ENV{TLSGATE_WAIT} = 'none'; # nobody runs that could act on a change
sub quick { my ($ctl) = @_; return ($program, '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd') }
sub in_path { my ($name) = @_; return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}))[0] }

# A state with an entry, so that something can be lost.
sub with_state {
    my $ctl = TlsGate::Ctl->new(acts => 0);
    delete $ctl->{httpd}{faked};
    my $said = $ctl->run_as({}, quick($ctl), qw(suspend kx --until 2030-01-01T00:00Z --yes), @WHY);
    die "no state: $said->{err}" if $said->{status};
    return $ctl;
}

# The complete lines of the audit log, and the number of incomplete ones.
sub audit_of {
    my ($ctl) = @_;
    my (@whole, $torn);
    for (split(/\n/, $ctl->text('.audit'))) {
        my $line = eval { JSON::PP->new->utf8->decode($_) };
        if ($line) { push @whole, $line } else { $torn++ }
    }
    return (\@whole, $torn // 0);
}

# --- a lock that is held: started first, since giving up takes a while
my $held = with_state();
open(my $holder, '>>', "$held->{state}.lock") or die;
flock($holder, LOCK_EX) or die;
my $waiting = fork() // die "fork: $!";
if (!$waiting) {
    my $said = $held->run_as({}, quick($held), @ADD);
    POSIX::_exit($said->{status} == 2 && $said->{err} =~ /nothing was changed: \S+\.lock: cannot get the lock/ ? 0 : 1);
}

# --- killed, or with an error, at every step of a write
# The system calls from the lock on: pairs of a name and a count of that name so far.
sub steps {
    my ($ctl) = @_;
    my $log = "$ctl->{httpd}{dir}/trace";
    my $said = $ctl->run_as({}, 'strace', '-o', $log, quick($ctl), @ADD);
    return if $said->{status};
    my (%n, @steps, $locked);
    for (split(/\n/, TlsGate::Httpd::slurp($log))) {
        my ($name) = /^(\w+)\(/ or next;
        $n{$name}++;
        $locked ||= /\.lock"/;
        push @steps, [$name, $n{$name}] if $locked && $name !~ /^(?:exit_group|brk|mmap|munmap|futex|rt_\w+)$/;
    }
    $ctl->run_as({}, quick($ctl), @REMOVE);
    return @steps;
}

SKIP: {
    my $ctl = with_state();
    my @steps = in_path('strace') ? steps($ctl) : ();
    skip 'strace is not installed, or is not allowed to trace', 1 unless @steps;
    like(join(' ', map { $_->[0] } @steps), qr/flock .*write fsync .*write fdatasync .*rename(?:at)? .*fsync .*write/,
        'the new state is synced before the audit, both before the rename, and then the directory');
    my (%ended, @wrong);
    for my $fault ('signal=KILL', 'error=EIO', 'error=ENOSPC') {
        for my $step (@steps) {
            my ($name, $n) = @$step;
            next if $fault ne 'signal=KILL' && $name eq 'flock'; # this means a lock that is held forever
            my $where = "$fault at $name $n";
            my $before = $ctl->text;
            my $said = $ctl->run_as({}, 'strace', '-o', '/dev/null', '-e', "inject=$name:$fault:when=$n", quick($ctl), @ADD);
            my $after = $ctl->text;
            my $is_new = $after ne $before;
            my $entries = eval { $ctl->document->{exemptions} } // [];
            push @wrong, "$where: the state is neither" if $is_new && "@{[map { $_->{client} } @$entries]}" ne 'account:new';
            push @wrong, "$where: nothing has changed and it says $said->{status}" if !$is_new && $said->{status} < 2;
            push @wrong, "$where: it has changed and it says $said->{status}" if $is_new && $said->{status} == 2;
            my ($audit) = audit_of($ctl);
            push @wrong, "$where: not in the audit log" if $is_new && ($audit->[-1]{to}{client} // '') ne 'account:new';
            $ended{$is_new ? 'new' : 'old'}++;
            my $next = $ctl->run_as({}, quick($ctl), $is_new ? @REMOVE : @ADD);
            push @wrong, "$where: the next change fails: $next->{err}" if $next->{status};
            $ctl->run_as({}, quick($ctl), @REMOVE) unless $is_new;
            push @wrong, "$where: a temporary file is left" if -e "$ctl->{state}.new";
        }
    }
    ok(!@wrong, 'at each of ' . @steps . ' steps: the old state or the new one, and the next change succeeds') or diag(join "\n", @wrong);
    cmp_ok($ended{$_} // 0, '>', 3, "sometimes the $_ one") for qw(old new);
}

# --- killed at any moment, without strace
{
    my $ctl = with_state();
    my ($before, %seen, $wrong) = ($ctl->text);
    for my $run (1 .. 60) {
        my $pid = fork() // die "fork: $!";
        if (!$pid) {
            open($_, '>', '/dev/null') for *STDOUT, *STDERR;
            { exec quick($ctl), @ADD }
            POSIX::_exit(127);
        }
        sleep($run / 60 * 0.03);
        kill KILL => $pid;
        waitpid($pid, 0);
        my $document = eval { $ctl->document };
        $wrong++ unless $document && @{ $document->{overrides} } == 1;
        $seen{ $ctl->text eq $before ? 'old' : 'new' }++;
    }
    ok(!$wrong, 'killed 60 times: always a complete document');
    my $said = $ctl->run_as({}, quick($ctl), @ADD);
    is($said->{status}, 0, 'the next change succeeds') or diag($said->{err});
    my (undef, $torn) = audit_of($ctl);
    is($torn, 0, 'no line of the audit log is torn');
}

# --- no room
# A limit on file sizes simulates a full disk without root.
sub limited {
    my ($ctl, $blocks, @args) = @_;
    return $ctl->run_as({ before => sub { open($_, '>', '/dev/null') for *STDOUT, *STDERR } },
        'sh', '-c', qq{trap "" XFSZ; ulimit -f $blocks; exec "\$@"}, 'sh', quick($ctl), @args)->{status};
}
{
    my $ctl = with_state();
    my ($state, $audit) = ($ctl->text, $ctl->text('.audit'));
    is(limited($ctl, 0, @ADD), 2, 'no room for the state: it fails');
    is($ctl->text, $state, '... the old state stays');
    is($ctl->text('.audit'), $audit, '... and nothing was begun');
    ok(!-e "$ctl->{state}.new", '... and no temporary file is left');
    truncate("$ctl->{state}.audit", 1 << 20);
    is(limited($ctl, 64, @ADD), 2, 'no room for the audit log: it fails');
    is($ctl->text, $state, '... the old state stays');
    truncate("$ctl->{state}.audit", 64 * 512 - 10); # the unit of ulimit in a POSIX shell
    is(limited($ctl, 64, @ADD), 2, 'room for half a line of it: it fails');
    is($ctl->text, $state, '... the old state stays');
}
SKIP: {
    my $ctl = with_state();
    my $disk = "$ctl->{httpd}{dir}/disk";
    mkdir $disk;
    chmod 0755, $disk;
    skip 'no file system can be mounted here', 5
        if $> != 0 || system("mount -t tmpfs -o size=64k,mode=755 tlsgate-test $disk 2>/dev/null") != 0;
    system("cp $ctl->{state} $ctl->{state}.plan $disk/");
    $ctl->{state} = "$disk/state.json";
    my $state = $ctl->text;
    system("head -c 100000 /dev/zero > $disk/filler 2>/dev/null");
    my $said = $ctl->run_as({}, quick($ctl), @ADD);
    is($said->{status}, 2, 'a full disk: it fails');
    like($said->{err}, qr/nothing was changed: .*No space left on device/, '... and says why');
    is($ctl->text, $state, '... the old state stays');
    unlink "$disk/filler";
    is($ctl->run_as({}, quick($ctl), @ADD)->{status}, 0, 'with room again it succeeds');
    is(scalar @{ $ctl->document->{exemptions} }, 1, '... and the change is there');
    system("umount $disk");
}

# --- eight writers, each with many changes
{
    my $ctl = with_state();
    my ($writers, $changes) = (8, short_or_long(25, 125));
    my @pids = map {
        my $w = $_;
        my $pid = fork() // die "fork: $!";
        if (!$pid) {
            open($_, '>', '/dev/null') for *STDOUT, *STDERR;
            my $failed = 0;
            for my $i (1 .. $changes) { # one added, one removed, and the last one stays
                my $who = "account:w$w-" . int(($i + 1) / 2);
                my @what = $i % 2 ? ('add', 'legacy-tls', $who, '--until', '2030-01-01T00:00Z') : ('remove', 'legacy-tls', $who);
                $failed++ if system(quick($ctl), 'exempt', @what, @WHY, '--yes');
            }
            POSIX::_exit($failed ? 1 : 0);
        }
        $pid;
    } 1 .. $writers;
    my $failed = grep { waitpid($_, 0); $? } @pids;
    is($failed, 0, 'every writer could make every change');
    my $last = int(($changes + 1) / 2);
    is_deeply([sort map { $_->{client} } @{ $ctl->document->{exemptions} }], [sort map { "account:w$_-$last" } 1 .. $writers], 'the last entry of each writer is left');
    my ($audit, $torn) = audit_of($ctl);
    is($torn, 0, 'no line of the audit log is torn');
    my @done = grep { $_->{outcome} eq 'written' } @$audit;
    is(scalar @done, 1 + $writers * $changes, 'each change is in the audit log, once');
    is_deeply([grep { $audit->[ 2 * $_ ]{outcome} ne 'begun' || $audit->[ 2 * $_ + 1 ]{outcome} ne 'written' } 0 .. $#$audit / 2], [], 'one after the other');
}

# --- a broken file is never overwritten where no httpd says what was in force
{
    my $ctl = with_state();
    @$ctl{qw(acts pretended)} = (0, undef);
    my $good = $ctl->text;
    my %broken = (
        'half of it'           => [substr($good, 0, 60), qr/line \d+, column \d+/],
        'nothing'              => ['', qr/line 1, column/],
        'a later version'      => [$good =~ s/"version": 1/"version": 2/r, qr/version: it is 2, and only 1/],
        'a member of its own'  => [$good =~ s/"by"/"note":"x","by"/r, qr/overrides\[0\]\.note: there is no such member/],
        'another date'         => [$good =~ s/2030-01-01T/2030-01-01 /r, qr/overrides\[0\]\.until: /],
        'text that is not UTF-8' => [$good =~ s/because/caf\xE9/r, qr/line \d+, column/],
        'too much'             => [$good . ' ' x 33554432, qr/it has more than 33554432 bytes/],
    );
    my @changes = ([@ADD], [@REMOVE], [qw(suspend legacy-tls --for PT1H --yes), @WHY], [qw(resume kx --yes), @WHY],
        [qw(postpone legacy-tls --cutoff 2030-01-01T00:00Z --yes), @WHY]);
    for my $name (sort keys %broken) {
        my ($text, $place) = @{ $broken{$name} };
        $ctl->write($ctl->{state}, $text);
        my @wrong = grep { my $said = $ctl->run_as({}, quick($ctl), @$_); $said->{status} != 2 || $said->{err} !~ $place } @changes;
        ok(!@wrong, "$name in the file: every change is refused, and names the place") or diag(join "\n", map { "@$_" } @wrong);
        is($ctl->text, $text, '... and it stays as it is');
    }
    unlink $ctl->{state};
    mkdir $ctl->{state};
    like($ctl->run_as({}, quick($ctl), @ADD)->{err}, qr/state\.json: it is not a regular file/, 'a directory in its place');
    rmdir $ctl->{state};
    POSIX::mkfifo($ctl->{state}, 0644);
    like($ctl->run_as({}, quick($ctl), @ADD)->{err}, qr/state\.json: it is not a regular file/, 'a pipe in its place, which does not block');
}

# --- no audit, no change
{
    my $ctl = with_state();
    my $state = $ctl->text;
    my $audit = "$ctl->{state}.audit";
    unlink $audit;
    mkdir $audit;
    my $said = $ctl->run_as({}, quick($ctl), @ADD);
    is($said->{status}, 2, 'an audit log that cannot be written: it fails');
    like($said->{err}, qr/nothing was changed: the audit log \S+ cannot be written: .*: no change is made unless it can be audited/, '... and says so');
    is($ctl->text, $state, '... the old state stays');
    rmdir $audit;
    symlink("$ctl->{httpd}{dir}/elsewhere", $audit);
    is($ctl->run_as({}, quick($ctl), @ADD)->{status}, 2, 'a link in its place is not followed');
    ok(!-e "$ctl->{httpd}{dir}/elsewhere", '... and nothing is written there');
    unlink $audit;
    $ctl->write($audit, '{"time":"torn');
    chmod 0600, $audit;
    is($ctl->run_as({}, quick($ctl), @ADD)->{status}, 0, 'a torn line in the log does not prevent a change');
    my ($whole, $torn) = audit_of($ctl);
    is_deeply([scalar @$whole, $torn], [2, 1], '... the next ones are on lines of their own');
    is((stat $audit)[2] & 07777, 0600, '... and a mode that was changed by hand stays');
}

# --- other files in the way
{
    my $ctl = with_state();
    $ctl->write("$ctl->{httpd}{dir}/precious", 'x');
    symlink("$ctl->{httpd}{dir}/precious", "$ctl->{state}.new");
    is($ctl->run_as({}, quick($ctl), @ADD)->{status}, 0, 'something in the way of the new file');
    is(TlsGate::Httpd::slurp("$ctl->{httpd}{dir}/precious"), 'x', '... is not written to');
    rename($ctl->{state}, "$ctl->{dir}/real.json");
    symlink('real.json', $ctl->{state});
    is($ctl->run_as({}, quick($ctl), @REMOVE)->{status}, 0, 'a state file that is a link');
    ok(-l $ctl->{state}, '... stays one');
    is_deeply($ctl->document->{exemptions}, [], '... and its target is written');
    is((stat $ctl->{state})[2] & 07777, 0644, '... readable for everyone');
    my $strict = $ctl->run_as({ before => sub { umask 0077 } }, quick($ctl), @ADD);
    is((stat $ctl->{state})[2] & 07777, 0644, '... whatever the umask');
    my $seen = sub { sprintf('%04o %d', (stat $ctl->{state})[2] & 07777, (stat _)[5]) };
    chmod 0640, "$ctl->{dir}/real.json";
    SKIP: {
        skip 'needs root', 2 if $>;
        chown 0, 65534, "$ctl->{dir}/real.json";
        is($ctl->run_as({}, quick($ctl), @REMOVE)->{status}, 0, 'a state that an operator lets httpd alone read');
        is($seen->(), '0640 65534', '... stays so, with its group');
    }
    chmod 0600, "$ctl->{dir}/real.json";
    $ctl->run_as({}, quick($ctl), @ADD);
    like($seen->(), $> ? qr/^0600 / : qr/^0644 /, '... but not one that httpd could not read');
    SKIP: {
        skip 'needs root', 4 if $>;
        chmod 0600, "$ctl->{dir}/real.json";
        chown 65533, 65533, "$ctl->{dir}/real.json";
        is($ctl->run_as({}, quick($ctl), @REMOVE)->{status}, 0, 'a state that its owner alone reads, changed by somebody else');
        is($seen->(), '0644 0', '... is for everyone: its owner may be httpd');
        my $own = "$ctl->{dir}/own";
        mkdir $own or die "$own: $!";
        $ctl->write("$own/state.json", TlsGate::Httpd::slurp("$ctl->{dir}/real.json"));
        chmod 0640, "$own/state.json";
        chown 65533, 0, "$own/state.json";
        chown 65533, 65533, $own;
        my $as = sub { $) = '65533 65533'; POSIX::setgid(65533); POSIX::setuid(65533) };
        my $r = $ctl->run_as({ before => $as }, $program, '--httpd', '/nonexistent/httpd', '--state', "$own/state.json", qw(suspend kx --for PT1H --yes), @WHY);
        isnt($r->{status}, 2, 'somebody who may not give the file to its group changes it all the same') or diag $r->{err};
        is(sprintf('%04o %d %d', (stat "$own/state.json")[2] & 07777, (stat _)[4, 5]), '0644 65533 65533', '... and everyone reads it, since that group did');
    }
    my $said = $ctl->run_as({}, $program, '--httpd', '/nonexistent/httpd', '--state', "$ctl->{dir}/none/state.json", qw(suspend kx --for PT1H --yes), @WHY);
    is($said->{status}, 2, 'a missing directory');
    like($said->{err}, qr/nothing was changed: \S+\.lock: No such file or directory; create the directory/, '... with the fix');
}

# --- another change before the answer
sub asked {
    my ($ctl, $meanwhile, $answers, @with) = @_;
    @with = quick($ctl) if !@with;
    my $line = join(' ', map { "'$_'" } @with, qw(suspend legacy-tls --until 2030-01-01T00:00Z), @WHY);
    my %env = $ctl->environment;
    local @ENV{ keys %env } = values %env;
    local $SIG{PIPE} = 'IGNORE'; # it may end without a question
    my $pid = open2(my $out, my $in, 'script', '--quiet', '--return', '--command', $line, '/dev/null');
    my $text = '';
    for my $answer (@$answers) {
        my $asked = () = $text =~ /Do it/g;
        while ((() = $text =~ /Do it\? \[y\/N\] /g) <= $asked) { sysread($out, $text, 4096, length $text) or last }
        $meanwhile->() if $meanwhile;
        undef $meanwhile;
        syswrite($in, "$answer\n");
    }
    1 while sysread($out, $text, 4096, length $text);
    waitpid($pid, 0);
    return ($? >> 8, $text);
}
SKIP: {
    skip 'script is not installed', 8 unless in_path('script');
    my $ctl = with_state();
    my ($status, $text) = asked($ctl, sub { $ctl->run_as({}, quick($ctl), @ADD) }, ['y']);
    is($status, 0, 'another change meanwhile') or diag($text);
    is_deeply([map { scalar @{ $ctl->document->{$_} } } qw(overrides exemptions)], [2, 1], '... neither is lost');
    ($status, $text) = asked($ctl, sub { $ctl->run_as({}, quick($ctl), qw(trial legacy-tls --for PT1H --yes), @WHY) }, ['y', 'n']);
    is($status, 1, 'a change of the same schedule meanwhile: it asks again, and accepts a no') or diag($text);
    my ($override) = grep { $_->{schedule} eq 'legacy-tls' } @{ $ctl->document->{overrides} };
    is($override->{kind}, 'trial', '... the other change stays');
    like($text, qr/replaces its trial/, '... and the second question shows it');
    my $lost = with_state();
    ($status, $text) = asked($lost, sub { unlink $lost->{state} or die }, ['y', 'n'], $program, $lost->standard);
    is($status, 1, 'the file is lost meanwhile: the same change of an empty document is another one, and it asks again') or diag($text);
    like($text, qr/has changed in the meantime.*warning: \S+ is gone, and .*a new, empty document is started/s, '... and says from what it starts');
    is($lost->document, undef, '... nothing is written');
}

# --- the lock, again
waitpid($waiting, 0);
is($?, 0, 'a lock that is held too long: it gives up with a message');
is_deeply($held->document->{exemptions}, [], '... and nothing has changed');
close $holder;
is($held->run_as({}, quick($held), @ADD)->{status}, 0, '... once the lock is free it succeeds');

done_testing;
