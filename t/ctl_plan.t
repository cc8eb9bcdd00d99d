#!/usr/bin/perl
# The source of tlsgatectl's plan: the file that the running httpd wrote, else httpd
# itself, else none; and whether the running plan is the configured one.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(get);
use TlsGate::Ctl qw(says);

my @WHY = (qw(--reason because --by ops));
my @SUSPEND = (qw(suspend legacy-tls --for PT1H --yes), @WHY);
my $program = TlsGate::Ctl::program();

# The command lines with which httpd was called.
sub calls { my ($ctl, $name) = @_; return split(/\n/, TlsGate::Httpd::slurp("$ctl->{httpd}{dir}/" . ($name // 'program') . '.args')) }

# --- the plan that a real httpd writes when it starts
my $ctl = TlsGate::Ctl->new(runs => 0, conf => "Listen \@tls\@\nTlsGate legacy-tls\n<TlsGateSchedule legacy-tls>\nTlsGateDeprecate cleartext\n"
    . "TlsGateCutoff 2018-08-07T08:40Z\n</TlsGateSchedule>\n");
my $httpd = $ctl->{httpd};
my $port = $httpd->port('tls');
$httpd->start;
sub answers { my ($status) = @_; return $httpd->wait_until(sub { get($port, undef, '/')->{status} == $status }) }
ok(answers(403), 'a real httpd after the cutoff');
ok(-s "$ctl->{state}.plan", 'httpd writes the plan beside the state file');
is((stat "$ctl->{state}.plan")[2] & 07777, 0644, '... readable for everyone');
says($ctl->run(@SUSPEND), 0, qr/^  now +cutoff  ->  grace$/m, qr/\Atlsgatectl: written: \S+/, 'it is read, and does not differ');
ok(answers(200), 'httpd applies the change: it serves again');
says($ctl->run(qw(resume legacy-tls --yes), @WHY), 0, qr/^  now +grace  ->  cutoff$/m, qr/written/, 'resume');
ok(answers(403), 'and it rejects again');
says($ctl->run(qw(exempt add legacy-tls ip:127.0.0.1 --for PT1H --yes), @WHY), 0, qr/exempt 127\.0\.0\.1/, qr/written/, 'an exemption');
ok(answers(200), 'and an exempt client is served');
like($httpd->error_log, qr/tlsgate:notice\]/, 'httpd says so in its error log');
$httpd->finish_ok;

# --- the state file: named, from the environment, from httpd.conf
$ctl = TlsGate::Ctl->new;
says($ctl->run_as({ env => { TLSGATE_STATE => $ctl->{state} } }, $program, 'status'), 0, qr/^state  \Q$ctl->{state}\E/m, qr/^/, 'the environment names the state file');
says($ctl->run_as({ env => { TLSGATE_STATE => '/nonexistent/x' } }, $program, 'status', '--state', $ctl->{state}), 0, qr/^state  \Q$ctl->{state}\E/m, qr/^/, '--state has precedence');
says($ctl->run_as({}, $program, 'status', '--httpd', $ctl->{wrapper}), 0, qr/^state  \Q$ctl->{state}\E.*^plan   \Q$ctl->{state}.plan\E/ms, qr/\A\z/, 'else httpd.conf knows it, and the plan beside it is what runs');
is((calls($ctl))[-1], '-t -D DUMP_TLSGATE_JSON', 'how httpd is asked');
$ctl->run_as({}, $program, 'status', '--httpd', $ctl->{wrapper}, '--config', "$ctl->{httpd}{dir}/httpd.conf");
is((calls($ctl))[-1], "-f $ctl->{httpd}{dir}/httpd.conf -t -D DUMP_TLSGATE_JSON", 'with --config');

# --- no plan beside the state file: httpd is called
$ctl = TlsGate::Ctl->new(runs => 0);
says($ctl->run('status'), 0, qr/^plan   httpd\.conf, as httpd -t has it/m, qr/\A\z/, 'without a plan file httpd is called');
says($ctl->run(@SUSPEND), 0, qr/^  now +cutoff  ->  grace$/m, qr/written/, 'and that is enough');
my $other = "$ctl->{dir}/other.json";
says($ctl->run_as({}, $program, '--httpd', $ctl->{wrapper}, '--state', $other, @SUSPEND), 0, qr/now/, qr/warning: httpd reads \Q$ctl->{state}\E, not \Q$other\E/, 'a warning about a state file that httpd does not read');
$ctl->{httpd}->write_conf($TlsGate::Ctl::CONF);
says($ctl->run(@SUSPEND), 0, qr/now/, qr/warning: httpd reads no state file: add TlsGateState \Q$ctl->{state}\E/, 'and about a missing TlsGateState');
for my $urgent ([qw(status)], [@SUSPEND], [qw(audit)]) {
    says($ctl->run_as({}, $program, @$urgent, '--httpd', $ctl->{wrapper}), 2, qr/\A\z/,
        qr{httpd\.conf has no TlsGateState.*^tlsgatectl:   install -d -m 755 /var/lib/tlsgate\ntlsgatectl:   TlsGateState /var/lib/tlsgate/state\.json\ntlsgatectl:   \Q$ctl->{wrapper}\E -k graceful\n.*report-only into the TlsGate lines:\ntlsgatectl:   TlsGate legacy-tls report-only    \(main server\)\n.*--state FILE}ms,
        "$urgent->[0] without TlsGateState: the lines to write, and what to do at once");
}

# --- the first of the programs in PATH
$ctl = TlsGate::Ctl->new(runs => 0);
for my $name (qw(apache2 httpd apachectl apache2ctl)) {
    $ctl->script($name, "exec '$ctl->{wrapper}' \"\$@\"");
    $ctl->run_as({ env => { PATH => "$ctl->{httpd}{dir}:/bin:/usr/bin" } }, $program, 'status', '--state', $ctl->{state});
    is(scalar calls($ctl, $name), 1, "$name in PATH is asked");
}

# --- the configuration differs from the running plan
my %changes = (
    'another cutoff'   => [qr/2018-08-07T08:40Z/, '2018-08-08T08:40Z', qr/^  legacy-tls: cutoff runs as "2018-08-07T08:40:00Z", httpd\.conf says "2018-08-08T08:40:00Z"$/m],
    'another trial'    => [qr/share=25%/, 'share=26%', qr/^  legacy-tls: trials runs as/m],
    'another trait'    => [qr/TLSv1 TLSv1\.1/, 'TLSv1', qr/^  legacy-tls: deprecates runs as \["TLSv1","TLSv1\.1"\], httpd\.conf says \["TLSv1"\]$/m],
    'another status'   => [qr/(?=TlsGateRefuse)/, "TlsGateStatus 410\n", qr/^  legacy-tls: TlsGateStatus differs$/m],
    'a schedule more'  => [qr/\z/, "<TlsGateSchedule new>\nTlsGateDeprecate any\n</TlsGateSchedule>\n", qr/^  new: httpd\.conf has it, but it does not run yet$/m],
    'a schedule less'  => [qr/ kx report-only|<TlsGateSchedule kx>.*?<\/TlsGateSchedule>/s, '', qr/^  kx: it runs, but httpd\.conf no longer has it$/m],
    'another use'      => [qr/as=cutoff/, 'as=refuse', qr/^  TlsGate legacy-tls as=cutoff \(.*\): it runs, but httpd\.conf no longer has it so\n  TlsGate legacy-tls as=refuse \(.*\): httpd\.conf has it so, but it does not run yet$/m],
    'a place that is off' => [qr/\z/, "<Location /open>\nTlsGate off\n</Location>\n", qr/^  other TlsGate lines: /m],
    'another state file'  => [qr/state\.json/, 'other.json', qr/^  TlsGateState differs$/m],
);
for my $name (sort keys %changes) {
    my ($what, $by, $message) = @{ $changes{$name} };
    $ctl = TlsGate::Ctl->new;
    my $conf = $ctl->{httpd}{text};
    1 while $what ne qr/\z/ && $conf =~ s/$what/$by/ && $name eq 'a schedule less';
    $conf .= $by if $what eq qr/\z/;
    $ctl->{httpd}->write_conf($conf);
    my $said = $ctl->run('schedule', 'legacy-tls');
    says($said, 0, qr/2018-08-07T08:40:00Z  cutoff/, qr/warning: the running httpd differs from httpd\.conf; this is about the running one:/, "$name: a warning, and the running plan is shown");
    like($said->{err}, $message, "$name: what differs");
    says($ctl->run('status'), 1, qr/^  the running httpd differs from httpd\.conf: /m, qr/^/, "$name: a problem for status");
}

# --- another time is not a difference
$ctl = TlsGate::Ctl->new(clock => '2018-07-01T00:00:00Z');
$ctl->{httpd}->set_clock('2018-12-01T00:00:00Z');
says($ctl->run('status'), 0, qr/written at 2018-07-01/, qr/\A\z/, 'another time is not a difference');

# --- an httpd without a valid answer
for my $case (
    ['is not there',       '/nonexistent/httpd', qr/nonexistent\S* cannot be run/],
    ['fails',              'echo "AH00526: wrong" >&2; exit 1', qr/program2 -t: AH00526: wrong/],
    ['has no mod_tlsgate', 'echo "Syntax OK" >&2', qr/mod_tlsgate is not loaded/],
    ['says half of it',    q(echo '{"version":1,'), qr/line \d+, column \d+/],
    ['says something else', q(echo '{"version":9}'), qr/version: /],
) {
    my ($name, $line, $message) = @$case;
    $ctl = TlsGate::Ctl->new;
    my $httpd = $line =~ m{^/} ? $line : $ctl->script('program2', $line);
    my @with = ($program, '--state', $ctl->{state}, '--httpd', $httpd);
    says($ctl->run_as({}, @with, @SUSPEND), 0, qr/->  grace/, qr/whether httpd\.conf is what runs is not known: .*$message.*written/s, "httpd $name: the running plan is enough");
    unlink map { "$ctl->{state}$_" } q(.plan), q(), q(.audit);
    delete $ctl->{text_in_force}; # as if that httpd had never read one
    says($ctl->run_as({}, @with, @SUSPEND), 0, qr/adds +suspend/, qr/warning: there is no plan.*$message.*written/s, "httpd $name: suspend works without a plan");
    says($ctl->run_as({}, @with, @SUSPEND[0 .. 3], @WHY), 2, qr/^/, qr/this is not a terminal/, "httpd $name: but not without --yes");
    says($ctl->run_as({}, @with, qw(resume legacy-tls --yes), @WHY), 0, qr/ends +suspend/, qr/warning: there is no plan.*written/s, "httpd $name: so does resume");
    for my $command ([qw(trial legacy-tls --for PT1H --yes), @WHY], [qw(postpone legacy-tls --cutoff 2019-01-01T00:00Z --yes), @WHY],
        [qw(exempt add legacy-tls account:acme --for PT1H --yes), @WHY], ['schedule'], [qw(simulate --protocol TLSv1)]) {
        says($ctl->run_as({}, @with, @$command), 2, qr/\A\z/, qr/there is no plan: \S+\.plan does not exist, and .*$message/s, "httpd $name: $command->[0] needs a plan");
    }
    says($ctl->run_as({}, @with, 'suspend', '--all', @SUSPEND[2 .. $#SUSPEND]), 2, qr/\A\z/, qr/--all: no schedule is known/, "httpd $name: --all finds no schedule");
    says($ctl->run_as({}, @with, 'status'), 1, qr/^problems\n  there is no plan: /m, qr/^/, "httpd $name: status says so");
}

# --- a plan that cannot be read
$ctl = TlsGate::Ctl->new;
$ctl->write("$ctl->{state}.plan", substr(TlsGate::Httpd::slurp("$ctl->{state}.plan"), 0, 500));
says($ctl->run('schedule'), 0, qr/now: cutoff/, qr/warning: the plan that runs cannot be read: \S+\.plan: line \d+, column/, 'a torn plan: a warning, and httpd is called');
unlink "$ctl->{state}.plan";
mkdir "$ctl->{state}.plan";
says($ctl->run('schedule'), 0, qr/now: cutoff/, qr/\.plan: it is not a regular file/, 'a directory in its place');

# --- an emergency does not wait for httpd, which may have thousands of virtual hosts: what runs is enough
for my $case (
    [ 'suspend', 0, @SUSPEND ],
    [ 'resume',  0, qw(resume legacy-tls --yes), @WHY ],
    [ 'trial',   1, qw(trial legacy-tls --for PT1H --yes), @WHY ],
    [ 'schedule', 1, 'schedule', 'legacy-tls' ],
) {
    my ($name, $asks, @arguments) = @$case;
    $ctl = TlsGate::Ctl->new;
    my $asked = "$ctl->{httpd}{dir}/asked";
    mkdir "$ctl->{httpd}{dir}/bin";
    rename $ctl->script('apache2ctl', "touch '$asked'; exit 1"), "$ctl->{httpd}{dir}/bin/apache2ctl";
    my $path = { env => { PATH => "$ctl->{httpd}{dir}/bin:/usr/bin:/bin" } };
    $ctl->run_as($path, $program, '--state', $ctl->{state}, @SUSPEND) if $name eq 'resume';
    says($ctl->run_as($path, $program, '--state', $ctl->{state}, @arguments), 0, qr/^/, qr/^/, "$name: works beside the plan that runs");
    is(-e $asked ? 1 : 0, $asks, "$name: httpd is " . ($asks ? 'asked' : 'not asked'));
    unlink $asked, "$ctl->{state}.plan";
    next if $name ne 'suspend';
    says($ctl->run_as($path, $program, '--state', $ctl->{state}, @SUSPEND), 0, qr/^/, qr/there is no plan/, 'suspend: works without it');
    ok(-e $asked, '... and asks httpd then');
}

# --- an httpd that hangs, and its children
$ctl = TlsGate::Ctl->new;
my $hangs = $ctl->script('hangs', "sleep 600 & echo \$! > '$ctl->{httpd}{dir}/sleeper'; wait");
my $said = $ctl->run_as({}, $program, '--state', $ctl->{state}, '--httpd', $hangs, 'schedule', 'kx');
says($said, 0, qr/now: announced/, qr/was killed: it took more than 10 seconds/, 'an httpd that hangs is killed');
my ($sleeper) = TlsGate::Httpd::slurp("$ctl->{httpd}{dir}/sleeper") =~ /(\d+)/;
ok($sleeper && $ctl->{httpd}->wait_until(sub { !kill 0, $sleeper }), 'so is its child');

# --- the time limit
for my $case (
    [[qw(--patience 0)],    0, qr/\A\z/,      'is not called, without a message'],
    [[qw(--patience 1)],    0, qr/it took more than 1 seconds/, 'has one second'],
    [[qw(--patience 4)],    0, qr/waiting for \S+hangs, up to 4 seconds\n.*it took more than 4 seconds/s, 'has four, with a message that it takes long'],
    (map { [['--patience', $_], 2, qr/--patience "\Q$_\E": write a number of seconds, up to 3600/, "$_ is not such a number"] } qw(-1 x 1s 3601 99999999999999999999 1.5)),
) {
    my ($with, $status, $says, $name) = @$case;
    says($ctl->run_as({}, $program, '--state', $ctl->{state}, ($with->[1] eq '0' ? () : ('--httpd', $hangs)), @$with, 'schedule', 'kx'), $status, qr/^/, $says, "--patience: httpd $name");
}
says($ctl->run(qw(check --patience 0)), 2, qr/^/, qr/httpd is not asked; leave out --patience 0/, 'check cannot work without httpd');

done_testing;
