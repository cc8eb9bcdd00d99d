# "Done" is httpd's word: a change returns once each httpd that runs with the state file acts on
# it, or says which does not, why, and what to do, with exit status 3.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Ack qw(acts_on record records);
use TlsGate::Client qw(ask);
use TlsGate::Ctl qw(says);
use TlsGate::Httpd;

my $CONF = "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n$TlsGate::Ctl::CONF";
my @WHY = (qw(--reason because --by ops --yes));
my @SUSPEND = (qw(suspend legacy-tls --for PT2H), @WHY);

sub children { my ($h) = @_; return grep { TlsGate::Httpd::slurp("/proc/$_/stat") =~ /\) \w $h->{pid} / } map { m{(\d+)} } glob('/proc/[0-9]*') }
sub old { my ($h) = @_; my $r = ask(port => $h->port, tls => 'TLSv1'); return $r ? $r->{status} : 'none' }
sub acts { my ($pid) = @_; return qr/^tlsgatectl: done: \S+ is written; httpd \(pid $pid\) has acted on it since \d{4}-\S+Z$/m }
sub pending { my ($why) = @_; return qr/^tlsgatectl: warning: \S+ is written, but not in force: $why$/m }

# All processes at once, as when the machine has no memory left.
sub kill_all {
    my ($h) = @_;
    my @all = ($h->{pid}, children($h));
    kill STOP => $h->{pid}; # it starts no others
    kill KILL => @all;
    waitpid(delete $h->{pid}, 0);
    $h->wait_until(sub { !grep { TlsGate::Httpd::slurp("/proc/$_/stat") =~ /\) [^ZX]/ } @all });
}

# --- it runs ----------------------------------------------------------------------------------
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, conf => $CONF);
my $h = $ctl->{httpd};
my $dir = $ctl->{dir};
$h->start;
my $pid = $h->{pid};
is(old($h), 426, 'an old client is turned away') or diag $h->error_log;
says($ctl->run(@SUSPEND), 0, qr/./, acts($pid), 'a change is done once httpd acts on it');
is(old($h), 200, '... which is true at the client');
sub audited { my ($c) = @_; return (split /^/, $c->run('audit')->{out} =~ s/\n +/ /gr)[-1] }
like(audited($ctl), qr/"because"  in force: httpd \(pid $pid\) has acted on it since \d{4}-\S+Z$/, '... and the audit says on which httpd it is in force');
is_deeply([map { $_->{outcome} } $ctl->audit], ['begun', 'written', 'in force'], '... in a line of its own');
my $said = $ctl->run(qw(resume legacy-tls --json), @WHY);
is_deeply([ @{ $ctl->json_of($said) }{qw(made in_force pending)} ], [ JSON::PP::true, JSON::PP::true, [] ], 'as JSON');
is(old($h), 426, '... which is true at the client');
says($ctl->run(@SUSPEND, '--no-wait'), 0, qr/./, qr/^tlsgatectl: written: \S+; not waited for: /m, '--no-wait says that it is not known');
like(audited($ctl), qr/"because"  written; whether it came into force is not recorded$/, '... and so does the audit');
says($ctl->run_as({ env => { TLSGATE_WAIT => 'none' } }, TlsGate::Ctl::program(), $ctl->standard, qw(resume legacy-tls), @WHY), 0, qr/./, qr/not waited for/, '$TLSGATE_WAIT too');
for my $wrong (['--wait', '0s'], ['--wait', 'soon'], ['--wait', '2h'], ['--wait', '2s', '--no-wait']) {
    says($ctl->run(@SUSPEND, @$wrong), 2, undef, qr/--wait/, "@$wrong is refused");
}
# A copy of its record, as of a backup, says nothing, nor does rubbish.
my ($record) = records($ctl->{state});
$ctl->write("$ctl->{state}.ack.1-0", TlsGate::Httpd::slurp($record));
$ctl->write("$ctl->{state}.ack.2-0", 'rubbish');
says($ctl->run(@SUSPEND, '--wait', '1m'), 0, qr/./, qr/\A(?!.*not in force)(?=.*pid $pid)/s, 'copies of its record do not count');

# --- it refuses -------------------------------------------------------------------------------
chmod 0777, $dir;
says($ctl->run(qw(resume legacy-tls), @WHY), 3, qr/./, pending("httpd \\(pid $pid\\) has refused it since \\S+: the directory is writable by group or others; run chmod go-w \Q$dir\E; it still uses what it read at \\S+"),
    'a refused directory: the words of the error log');
like(audited($ctl), qr/"because"  written, but not in force then: httpd \(pid $pid\) has refused it since /, '... and the audit does not say that it is done');
is_deeply([@{ ($ctl->json_of($ctl->run(qw(audit --json)))->{changes}[-1]) }{qw(outcome acts)}], ['pending', []], '... nor for programs');
is(old($h), 200, '... and what was in force stays');
chmod 0755, $dir;
my $text = $ctl->text;
unlink "$ctl->{state}.ack.1-0", "$ctl->{state}.ack.2-0";
ok(acts_on($h, $ctl->{state}, text => $text), '... repaired, it is taken');

# --- it does not look -------------------------------------------------------------------------
my @stopped = children($h);
kill STOP => $h->{pid}, @stopped;
says($ctl->run(@SUSPEND, '--wait', '1s'), 3, qr/./, pending("httpd \\(pid $pid\\) has not looked at it since \\S+; see .*"), 'its processes are stopped');
kill CONT => $h->{pid}, @stopped;
ok(acts_on($h, $ctl->{state}, text => $ctl->text), '... and go on');

# --- two on one file --------------------------------------------------------------------------
my $other = TlsGate::Httpd->new(clock => '2018-08-08T12:00:00Z', conf => "TlsGateState $ctl->{state}\n$CONF");
$other->start;
my $other_pid = $other->{pid};
$said = $ctl->run(qw(resume legacy-tls), @WHY);
says($said, 0, qr/./, acts($pid), 'two servers on one file: one');
like($said->{err}, acts($other_pid), '... and the other');
is(old($_), 426, '... which is true') for $h, $other;
@stopped = ($other_pid, children($other));
kill STOP => @stopped;
$said = $ctl->run(@SUSPEND, '--wait', '2s');
says($said, 3, qr/./, acts($pid), 'one of two is stopped: one acts on it');
like($said->{err}, pending("httpd \\(pid $other_pid\\) has not looked at it since .*"), '... and the other does not');
$said = $ctl->run(qw(suspend legacy-tls --for PT3H --json --wait 1s), @WHY);
my $document = $ctl->json_of($said);
is_deeply([ @$document{qw(made in_force)}, map { scalar @$_ } @$document{qw(acts pending)} ], [ JSON::PP::true, JSON::PP::false, 1, 1 ], '... as JSON');
kill CONT => @stopped;
$other->stop;

# --- it was killed ----------------------------------------------------------------------------
kill_all($h);
ok(record($record), 'a server that is killed leaves its record');
says($ctl->run(@SUSPEND), 3, qr/./, pending("httpd does not run: \\S+/run/httpd\\.pid names process $pid, which is gone; start it"), '... which says nothing');
$h->start;
ok(!-e $record, 'the next start removes it');
ok(acts_on($h, $ctl->{state}, text => $ctl->text), '... and acts on what is there');
# The pid of another program.
$pid = $h->{pid};
$h->stop;
$ctl->write($h->dir . '/run/httpd.pid', "$$\n");
says($ctl->run(qw(resume legacy-tls), @WHY), 3, qr/./, pending("httpd does not run: \\S+ names process $$, which is perl; start it"), 'the pid belongs to another program');
unlink $h->dir . '/run/httpd.pid';
says($ctl->run(@SUSPEND), 3, qr/./, pending('httpd does not run: there is no \S+/run/httpd\.pid; start it'), 'it was stopped');

# --- it runs without the file -----------------------------------------------------------------
{
    my $late = TlsGate::Ctl->new(waits => 1, runs => 0, conf => $CONF);
    my $server = $late->{httpd};
    my $whole = TlsGate::Httpd::slurp($server->dir . '/httpd.conf');
    my $named = $server->{text};
    $server->write_conf($named =~ s/^TlsGateState .*//mr);
    $server->start;
    { # a server that was killed left a pid and a record, and another httpd has the pid by now
        my ($child) = children($server);
        my $live = TlsGate::Ack::pretend($ctl->{state}, text => $ctl->text, pid => $server->{pid});
        my $line = TlsGate::Httpd::slurp((records($ctl->{state}))[0]);
        undef $live;
        $ctl->write("$ctl->{state}.ack.left", $line);
        $ctl->write($h->dir . '/run/httpd.pid', "$child\n");
        says($ctl->run(qw(resume legacy-tls), @WHY), 3, qr/./, pending("httpd does not run: \\S+ names process $child, which is a child of another httpd \\(pid $server->{pid}\\); start it"), 'the pid belongs to a child of another httpd, and the record to nobody');
        unlink $h->dir . '/run/httpd.pid', "$ctl->{state}.ack.left";
    }
    { # the package was upgraded, and httpd not reloaded yet
        my $empty = "{\n  \"version\": 1,\n  \"overrides\": [],\n  \"exemptions\": []\n}\n";
        my $other = TlsGate::Ack::pretend($late->{state}, version => 4, pid => 4321);
        my $words = 'httpd \(pid 4321\) runs another version of the module, so it is not known what it acts on; reload httpd';
        says($late->run(@SUSPEND), 3, qr/./, pending($words), 'a record of another version: what httpd does is not known');
        my $status = $late->json_of($late->run('status', '--json'));
        like("@{[ map { qq($_->{text}; $_->{remedy}) } @{ $status->{problems} } ]}", qr/\b$words(?: |$)/, '... which status says');
        is_deeply([ map { [ @$_{qw(condition pid since)} ] } @{ $status->{httpd} } ], [ [ 'other', 4321, undef ] ], '... to programs too');
        undef $other;
        my $older = TlsGate::Ack::pretend($late->{state}, version => 2, text => $late->text, pid => 4321);
        is_deeply([ map { [ @$_{qw(schedule kind)} ] } @{ $late->json_of($late->run('status', '--json'))->{in_force} } ], [ [ 'legacy-tls', 'suspend' ] ], 'a record of the version before is read');
        undef $older;
        $older = TlsGate::Ack::pretend($late->{state}, version => 2, text => $empty, pid => 4321);
        is_deeply($late->json_of($late->run('status', '--json'))->{in_force}, [], '... for what it acts on');
    }
    says($late->run(@SUSPEND), 3, qr/./, pending("httpd \\(pid $server->{pid}\\) runs without TlsGateState \\S+; add TlsGateState \\S+ to httpd\\.conf, and reload httpd"), 'TlsGateState is nowhere');
    $server->write_conf($named);
    unlink my $calls = $late->{wrapper} . '.args';
    says($late->run(qw(resume legacy-tls), @WHY), 3, qr/./, pending("httpd \\(pid $server->{pid}\\) runs without TlsGateState \\S+; httpd\\.conf names it: reload httpd, with .*"), 'TlsGateState was added, and the reload forgotten');
    is(scalar(() = TlsGate::Httpd::slurp($calls) =~ /DUMP_TLSGATE_JSON/g), 1, '... httpd, which may take long, is asked once for its plan');
    ok($server->graceful, 'reloaded');
    says($late->run(@SUSPEND), 0, qr/./, acts($server->{pid}), '... a change is done');
    is(old($server), 200, '... which is true');
    $server->write_conf($named =~ s/^TlsGateState .*//mr);
    ok($server->graceful, 'it is taken away again');
    is_deeply([ records($late->{state}) ], [], '... and with it the record');
    $server->finish_ok;
}

# --- a script started it, and waits, as in the image of a container ---------------------------
{
    my $inner = TlsGate::Ctl->new(waits => 1, runs => 0, conf => $CONF);
    my $server = $inner->{httpd};
    my $script = $server->write_file('apache2ctl', qq{#!/bin/sh\n"\$@"\nexit \$?\n});
    chmod 0755, $script;
    my $parent = fork() // die "fork: $!";
    if (!$parent) {
        setpgrp(0, 0);
        open(STDOUT, '>', $server->dir . '/logs/stdout');
        open(STDERR, '>&', \*STDOUT);
        %ENV = $server->_environment;
        { exec $script, $server->command('-D', 'FOREGROUND') }
        POSIX::_exit(127);
    }
    my $file = $server->dir . '/run/httpd.pid';
    ok($server->wait_until(sub { (TlsGate::Httpd::slurp($file) =~ /^(\d+)\n/) && TlsGate::Httpd::_catches_usr1($1) }), 'a script named apache2ctl runs a httpd');
    my ($inside) = TlsGate::Httpd::slurp($file) =~ /(\d+)/;
    like(TlsGate::Httpd::slurp("/proc/$inside/stat"), qr/\) \w $parent /, '... as its child');
    like(TlsGate::Httpd::slurp("/proc/$parent/comm"), qr/^apache2ctl$/, '... by that name');
    says($inner->run(@SUSPEND), 0, qr/./, acts($inside), '... a change is done');
    $server->write_conf($server->{text} =~ s/^TlsGateState .*//mr);
    kill USR1 => $inside;
    ok($server->wait_until(sub { !records($inner->{state}) }), 'TlsGateState is taken away');
    says($inner->run(qw(resume legacy-tls), @WHY), 3, qr/./, pending("httpd \\(pid $inside\\) runs without TlsGateState \\S+; .*"), '... and it is found by its PidFile');
    kill TERM => $inside;
    waitpid($parent, 0);
}

# --- it has another directory of that name ----------------------------------------------------
SKIP: {
    skip 'unshare -m is not permitted here', 2 if $> || system('unshare -m mount -t tmpfs none /mnt >/dev/null 2>&1') != 0;
    my $away = TlsGate::Ctl->new(waits => 1, runs => 0, conf => $CONF);
    $away->{httpd}{under} = ['unshare', '-m', 'sh', '-c', "mount -t tmpfs -o mode=755 none '$away->{dir}' && exec \"\$@\"", 'sh'];
    $away->{httpd}->start;
    my $why = "httpd \\(pid $away->{httpd}{pid}\\) sees a different \\S+, because of PrivateTmp or another mount namespace; choose a directory .*";
    says($away->run(@SUSPEND), 3, qr/./, pending($why), 'a mount namespace');
    is(old($away->{httpd}), 426, '... nobody is served, indeed');
    $away->{httpd}->finish_ok;
}

# --- it is not root ---------------------------------------------------------------------------
SKIP: {
    skip 'only root can start it as another user', 5 if $>;
    my $mine = TlsGate::Ctl->new(waits => 1, runs => 0, user => 'nobody', conf => $CONF);
    my $server = $mine->{httpd};
    my $uid = getpwnam('nobody');
    chown $uid, -1, $mine->{dir};
    $server->start;
    says($mine->run(@SUSPEND), 0, qr/./, acts($server->{pid}), 'a server of another user, with a directory of its own');
    is(old($server), 200, '... acts on it');
    $server->stop;
    chown 0, -1, $mine->{dir};
    $server->start;
    says($mine->run(qw(resume legacy-tls), @WHY), 3, qr/./,
        pending("httpd cannot acknowledge: httpd \\(pid $server->{pid}\\) runs as user $uid, who may not write in \\S+; give the directory to that user: chown $uid \\S+"), '... with a directory of root');
    $server->finish_ok(qr/TLSGATE0040: TlsGateState "[^"]+": httpd cannot acknowledge, so .*: Permission denied; let the user/, qr/TLSGATE0016/);
}
done_testing;
