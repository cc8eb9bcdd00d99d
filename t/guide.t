#!/usr/bin/perl
# The guide's commands with tlsgatectl do what it says: they are run in its order,
# beside a real httpd with the schedule of the sample, and clients send requests afterwards.
# --yes is added to commands that would ask. The output of a dry run is in the text after it. The chapter
# about a fleet is run with a real etcd and two machines; its commands with etcdctl as well.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::Follow;

my $GUIDE = 'docs/operators.md';
my $STATE = '/var/lib/tlsgate/state.json';
my $CHANGES = qr/suspend|extend|trial|resume|postpone|exempt (?:add|remove)/;

# The time of each kind of change, and the status for an old client before and after it.
my %STORY = (
    'suspend'       => ['2027-06-01T15:25:00Z', 426, 200],
    'extend'        => ['2027-06-01T15:30:00Z', 200, 200],
    'resume'        => ['2027-06-02T08:00:00Z', 200, 426],
    'trial'         => ['2027-02-03T10:00:00Z', 200, 426],
    'postpone'      => ['2027-05-31T16:00:00Z', 200, 200],
    'exempt add'    => ['2027-06-20T12:00:00Z', 426, 200],
    'exempt remove' => ['2027-06-21T12:00:00Z', 200, 426],
);

my $guide = TlsGate::Httpd::slurp($GUIDE);
my ($before, $fleet) = $guide =~ /^(.*?)(?=^# One change for the whole fleet$)(.*?)(?=^# Running it$)/ms or die "$GUIDE has no such chapter\n";
(my $sample = TlsGate::Httpd::slurp('conf/tlsgate.conf')) =~ s/ report-only$//m or die "no report-only\n";
$sample =~ s/^\s*TlsGateGrace .*\n//m or die "no TlsGateGrace\n";
$sample =~ s/^TlsGateState .*\n//m or die "no TlsGateState\n";
$sample =~ s{/var/lib/tlsgate/}{\$DIR/state/}g or die "no file of the ledger\n";
my $conf = <<"CONF";
Listen 127.0.0.1:\@tls\@ https
Define APACHE_LOG_DIR \$DIR/logs
SSLProtocol -all +TLSv1.2 +TLSv1.3
$sample
<VirtualHost *:\@tls\@>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
CONF
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2027-01-20T00:00:00Z', conf => $conf);
my $httpd = $ctl->{httpd};
my ($list) = $guide =~ /^```csv\n(.*?)^```$/ms;
$httpd->write_file('customers.csv', $list);
my $tool = $ctl->script('tlsgatectl', join(' ', 'exec', TlsGate::Ctl::program(), $ctl->standard, '"$@"'));
$httpd->start;

sub request { my (%o) = @_; return ask(port => $httpd->port, sni => 'api.example.com', tls => 'TLSv1.2', path => '/', headers => ['X-Account: A-20'], %o) }
sub answers { my ($status, @o) = @_; return $httpd->wait_until(sub { (request(@o) || {})->{status} == $status }) }

# Runs a command of the guide: { status, out, err }.
sub run_command {
    my ($command) = @_;
    my %path = (PATH => "$httpd->{dir}:" . ($ENV{PATH} // ''));
    my $said = $ctl->run_as({ env => { %path, SUDO_USER => 'alice', TZ => 'UTC' }, before => sub { chdir $httpd->{dir} } }, 'sh', '-c', $command);
    $said->{out} =~ s/\Q$ctl->{state}\E/$STATE/g;
    $said->{out} =~ s/:@{[$httpd->port]}$/:443/mg;
    return $said;
}

sub kind_of { my ($command) = @_; return $command =~ /^tlsgatectl ($CHANGES)\b/ ? $1 : '' }

# Each line of a block, and the text after the block if it is the output of the last line.
my (@commands, %seen);
while ($before =~ /^```sh\n((?:tlsgatectl [^\n]*\n)+)```\n(?:\n```text\n(.*?)^```$)?/msg) {
    my ($block, $text) = ($1, $2);
    next if $block =~ /^tlsgatectl report\b/; # t/docs.t and t/log_commands.t run these
    my $line = 1 + substr($before, 0, $-[0]) =~ tr/\n//;
    my @lines = map { { at => "$GUIDE:" . ++$line, command => $_ } } split(/\n/, $block);
    $lines[-1]{prints} = $text;
    push @commands, @lines;
}
my $shell = join('', ($guide =~ s/\Q$fleet\E//r) =~ /^```sh\n(.*?)^```$/msg);
is(scalar @commands, scalar(() = $shell =~ /^tlsgatectl (?!report )/mg), 'each line with tlsgatectl is run');
# Nothing else is run: a mistake in a document must not become a shell command.
@commands == grep { $_->{command} =~ /^tlsgatectl (?:[\w.:\/-]+|"[\w ]+"| )+\z/ } @commands or die "$GUIDE has a line that is more than words\n";

# The reference's example of simulate, before anything is changed.
my ($asked, $answered) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^### What a client gets\n.*?^```sh\n(tlsgatectl [\w.:\/ -]+)\n```\n\n```text\n(.*?)^```$/ms;
$httpd->set_clock('2027-06-01T00:00:00Z');
is(run_command($asked)->{out} =~ s/(?<=example\.com:)@{[$httpd->port]}/443/r, $answered, 'the reference prints what simulate says');

for my $c (@commands) {
    my $kind = kind_of($c->{command});
    my $story = $STORY{$kind};
    if ($story) {
        $httpd->set_clock($story->[0]);
        ok(answers($story->[1]), "$c->{at}: before it an old client gets $story->[1]");
    }
    my $is_dry = $c->{command} =~ / --dry-run\b/;
    my $said = run_command($c->{command} . ($story && !$is_dry && $c->{command} !~ / --yes\b/ ? ' --yes' : ''));
    is($said->{status}, 0, "$c->{at}: it ends with 0") or diag("$c->{command}\n$said->{out}$said->{err}");
    is($said->{out}, $c->{prints}, "$c->{at}: it prints what the guide says") if defined $c->{prints};
    next unless $story;
    $seen{$kind}++;
    ok(answers($story->[ $is_dry ? 1 : 2 ]), "$c->{at}: after it as well") or diag($httpd->error_log);
}
is_deeply([sort keys %seen], [sort keys %STORY], 'the guide shows each kind of change');

# The fields of the log, according to the reference.
my %override = map { $_->{kind} => [sort keys %$_] } grep { $_ } map { $_->{tlsgate}{override} } $httpd->sightings;
is_deeply(\%override, { suspend => [qw(kind until)], trial => [qw(kind until)] }, 'the log names the override');
my ($exempt) = grep { $_ } map { $_->{tlsgate}{exemption} } $httpd->sightings;
is_deeply([sort keys %{ $exempt || {} }], [qw(owner until)], 'the log names the exemption');
my %by = map { $_->{by} => 1 } $ctl->audit;
is_deeply([sort keys %by], [qw(alice ops)], 'the audit log has the user who called sudo, and --by');
is_deeply([sort map { $_->{outcome} } $ctl->audit], [sort map { ('begun', 'in force', 'written') } 1 .. @{[ $ctl->audit ]} / 3], 'and three lines for each change');

# --- the reference's lines of the error log, and a file that breaks
my ($text) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^## TlsGateState\n(.*?)^## /ms;
$text =~ s/^```apache-(?:wrong|warned)\n.*?^```\n\n```text\n.*?^```\n//msg;
my @messages = map { split /\n/ } ($text // '') =~ /^```text\n(.*?)^```/msg;
$ctl->write($ctl->{state}, '{ "version": 1,');
chmod 0644, $ctl->{state};
ok($httpd->wait_until(sub { request(); $httpd->error_log =~ /last good state stays in force/ }), 'a broken file is reported');
ok(answers(426), 'and changes nothing');
unlink $ctl->{state};
ok($httpd->wait_until(sub { request(); $httpd->error_log =~ /the file is gone/ }), 'a missing one too');
my $log = $httpd->error_log =~ s/\Q$ctl->{state}\E/$STATE/gr;
cmp_ok(scalar @messages, '>', 3, 'the reference prints lines of the error log');
for my $message (@messages) {
    my $pattern = quotemeta($message) =~ s/generation\\ \d+/generation\\ \\d+/r;
    like($log, qr/$pattern/, "the error log says: $message");
}

# --- the guide's way to end all overrides
my ($empty) = $guide =~ /^# echo '(\{.*\})' >/m;
$httpd->set_clock('2027-06-01T09:30:00Z');
ok(answers(200), 'the postponement is still in force');
$ctl->write("$ctl->{state}.empty", ($empty // '') . "\n");
chmod 0644, "$ctl->{state}.empty";
rename("$ctl->{state}.empty", $ctl->{state}) or die "$ctl->{state}: $!\n";
ok(answers(426), 'a document without entries ends it');
$httpd->finish_ok(qr/last good state stays in force/, qr/the file is gone/);

# --- the fleet: the commands of the chapter, in order
if (my $missing = TlsGate::Etcd::missing()) { note($missing); done_testing; exit }
my $etcd = TlsGate::Etcd->new(tls => 1);
my @machines = map { TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2027-06-01T15:25:00Z', conf => $conf) } 0, 1;
$_->{httpd}->start for @machines;
my (@follows, $reader, $writer, %done);

sub fleet_answers {
    my ($what, $name) = @_;
    my $got = '';
    my $asks = sub { join(' ', map { (request(port => $_->{httpd}->port) || { status => 'none' })->{status} } @machines) };
    ok($machines[0]{httpd}->wait_until(sub { ($got = $asks->()) eq $what }), $name) or diag($got, map { "\n" . $_->said } @follows);
}

# The URL of the guide, with the values of this test.
sub url_here {
    my ($url) = @_;
    $url =~ s/[abc]\.example\.com(?:,[abc]\.example\.com)*/'127.0.0.1:' . $etcd->port(0)/e or die "no members in $url\n";
    $url =~ s{/etc/tlsgate/ca\.pem}{$etcd->dir . '/ca.pem'}e or die "no ca in $url\n";
    my ($user) = $url =~ m{//(\w+)\@} or die "no user in $url\n";
    my $file = "$machines[0]{httpd}{dir}/$user.password";
    $machines[0]->write($file, "of-$user\n");
    chmod 0600, $file;
    $url =~ s/password-file=\K\S+/$file/ or die "no password in $url\n";
    return $url;
}

sub run_etcdctl {
    my ($c) = @_;
    $c->{command} =~ s/ user add (\w+)\K$/:of-$1/;
    $c->{command} =~ s/audit\/\K2026-/2027-/;
    $etcd->{root} = 'root:of-root' if $done{'auth enable'};
    my @words = split(' ', $c->{command});
    my $said = eval { $etcd->ctl(@words[1 .. $#words]) };
    ok(defined $said, "$c->{at}: it ends well") or diag($@);
    $done{"$words[1] $words[2]"}++;
    like($said, qr/"command":"suspend".*"command":"resume"/s, "$c->{at}: it prints the audit") if $c->{command} =~ /--print-value-only/;
    is(scalar(() = $etcd->audit('tlsgate/state')), 0, "$c->{at}: no entry of that year is left") if $words[1] eq 'del';
}

# The answers to old clients at both machines after it. The last command is for one machine only.
my @FLEET = ([qr/--dry-run/, '426 426'], [qr/--state/, '200 426'], [qr/suspend/, '200 200'], [qr/resume/, '426 426'], [qr/status/, '']);

# Without what differs from run to run.
sub timeless { my ($text) = @_; return $text =~ s/\d{4}-\d\d-\d\dT[\d:]+Z/T/gr =~ s/\d\d:\d\d(?::\d\d)?Z/T/gr =~ s/\((?:in )?\d+ (?:s|min|h|days?)(?: \d+ (?:min|h))?(?: ago)?\)|\(now\)/(D)/gr =~ s/\(pid \d+\)/(pid N)/gr }

sub run_fleet {
    my ($c) = @_;
    my $m = $machines[0];
    my $command = $c->{command} =~ s/\Q$STATE\E/$m->{state}/r;
    $command .= ' --yes' if $command =~ /$CHANGES/ && $command !~ /--yes|--dry-run/;
    my $tool = $m->script('tlsgatectl', join(' ', 'exec', TlsGate::Ctl::program(), '--httpd', $m->{wrapper}, '"$@"'));
    my $said = $m->run_as({ env => { TZ => 'UTC', PATH => "$m->{httpd}{dir}:$ENV{PATH}", TLSGATE_STATE => $m->{state}, TLSGATE_STORE => $writer } }, 'sh', '-c', $command);
    is($said->{status}, 0, "$c->{at}: it ends with 0") or diag("$command\n$said->{out}$said->{err}");
    my $out = $said->{out} =~ s/\Q$m->{state}\E/$STATE/gr =~ s/127\.0\.0\.1:\d+/a.example.com,b.example.com,c.example.com/gr;
    is(timeless($out), timeless($c->{prints}), "$c->{at}: it prints what the guide says") if defined $c->{prints};
    my ($expected) = map { $command =~ $_->[0] ? $_->[1] : () } @FLEET;
    fleet_answers($expected, "$c->{at}: after it old clients get $expected") if $expected;
    $done{$expected}++;
}

sub run_fleet_line {
    my ($c) = @_;
    $c->{command} =~ /^(?:tlsgatectl|etcdctl) (?:[\w.:\/=-]+|"[\w ]+"| )+\z/ or die "$c->{at}: that is more than words\n";
    return $c->{command} =~ /^etcdctl/ ? run_etcdctl($c) : run_fleet($c);
}

fleet_answers('426 426', 'the fleet turns old clients away');
while ($fleet =~ /^```(sh|ini|console)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?/msg) {
    my ($kind, $block, $text) = ($1, $2, $3);
    my $line = 1 + ($before . substr($fleet, 0, $-[0])) =~ tr/\n//;
    if ($kind eq 'ini') {
        ($reader) = map { url_here($_) } $block =~ /^TLSGATE_STORE="(.*)"$/m;
        @follows = map { TlsGate::Follow->new($machines[$_], undef, env => { TLSGATE_STORE => $reader, LD_PRELOAD => undef }, arguments => ['--name', "web-$_"]) } 0, 1;
        for my $follow (@follows) { ok($follow->wait_for(sub { $follow->note->{connected} }), "$GUIDE:$line: a machine follows") or diag($follow->said) }
    }
    elsif ($kind eq 'console') {
        ($writer) = map { url_here($_) } $block =~ /^\$ export TLSGATE_STORE="(.*)"$/m if $block =~ / export /;
    }
    else {
        my @lines = map { { at => "$GUIDE:" . ++$line, command => $_ } } split(/\n/, $block);
        $lines[-1]{prints} = $text;
        run_fleet_line($_) for @lines;
    }
}
is_deeply([sort keys %done], [sort '', '200 200', '200 426', '426 426', 'auth enable', 'del --prefix', 'get --prefix', 'role add', 'role grant-permission',
    'user add', 'user grant-role'], 'the chapter shows each of these');
for my $m (@machines) {
    my @kinds = map { "$_->{command} $_->{by}" . ($_->{store} ? ' ' . $_->{store} : '') } $m->audit;
    my $store = $reader =~ s/\?.*//r =~ s/\w+\@//r;
    my $by = (getpwuid($>))[0];
    my @emergency = $m == $machines[0] ? ("suspend $by") x 3 : (); # begun, written, in force
    # It ends the suspend, and takes back what TlsGateGuard may have stopped on any machine.
    is_deeply(\@kinds, ["suspend $by $store", ("resume $by $store") x 2, @emergency], 'a machine has the audit of the fleet and its own');
    $m->{httpd}->finish_ok;
}
my ($members) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^\| member of `FILE\.follow` .*?\n(.*?)\n\n/ms;
is_deeply([sort $members =~ /^\| `(\w+)`/mg], [sort keys %{ $follows[0]->note }], 'the reference has the members of FILE.follow');
is($_->end('TERM'), 0, 'it follows until the end') for @follows;
done_testing;
