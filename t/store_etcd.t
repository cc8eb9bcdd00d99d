#!/usr/bin/perl
# A state in etcd: each command that writes or reads it, the keys beside
# it, access control, and that no change is lost.
use strict;
use warnings;
use utf8;

use lib 't/lib';
use IPC::Open2;
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Etcd;
use TlsGate::State;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $program = TlsGate::Ctl::program();
my $END = '2099-01-01T00:00:00Z';
my $KEY = 'tlsgate/state';
$ENV{TLSGATE_WAIT} = 'none'; # nobody runs that could act on a change
my @WHY = (qw(--reason because --by ops));
my @ADD = (qw(exempt add legacy-tls account:acme --until), $END, @WHY, '--yes');
my $SECRET = 's3cretWord';

# The clock is the real one: nothing here depends on the date.
sub fresh { my $ctl = TlsGate::Ctl->new(@_); delete $ctl->{httpd}{faked}; return $ctl }

my $etcd = TlsGate::Etcd->new;
my $ctl = fresh();
my $url = $etcd->url($KEY);
my @store = ('--store', $url);

sub stored { my ($key) = @_; my $now = $etcd->get($key // $KEY); return $now && JSON::PP->new->utf8->decode($now->{value}) }
sub document_is { my ($text, $name) = @_; is(($etcd->get($KEY) // { value => '' })->{value}, $text, $name) }

# --- never written
says($ctl->run(@store, qw(exempt list)), 0, qr/^nobody is exempt\n\z/, undef, 'a key that was never written: there are no exemptions');
says($ctl->run(@store, 'schedule', 'kx'), 0, qr/^kx  /, undef, '... and no overrides');
says($ctl->run(@store, @ADD[0 .. $#ADD - 1], '--dry-run'), 0, qr/^  adds +exempt account:acme/m, qr//, 'dry-run shows the change');
says($ctl->run(@store, @ADD[0 .. $#ADD - 1]), 2, qr/adds/, qr/this is not a terminal: add --yes/, 'without a terminal and --yes: nothing');
is($etcd->get($KEY), undef, 'and nothing is written');
is_deeply([$etcd->audit($KEY)], [], '... not even an audit entry');

# --- each command that writes
my $changes = 0;
for my $case (
    # command, its lines of the audit: command, schedule; the resulting document
    [['suspend', 'kx', '--until', $END],                                  [['suspend', 'kx']],                      ['suspend kx']],
    [['trial', 'kx', '--until', $END],                                    [['trial', 'kx']],                        ['trial kx']],
    [['resume', 'kx'],                                                    [['resume', 'kx']],                       []],
    [['suspend', '--all', '--until', $END],                               [['suspend', 'legacy-tls'], ['suspend', 'kx']], ['suspend legacy-tls', 'suspend kx']],
    [['postpone', 'kx', '--cutoff', $END],                                [['postpone', 'kx']],                     ['suspend legacy-tls', 'suspend kx', 'postpone kx']],
    [['exempt', 'add', 'kx', '192.0.2.0/24', '--until', $END],            [['exempt add', 'kx']],                   ['suspend legacy-tls', 'suspend kx', 'postpone kx', 'exempt kx 192.0.2.0/24']],
    [['exempt', 'remove', 'kx', '192.0.2.0/24'],                          [['exempt remove', 'kx']],                ['suspend legacy-tls', 'suspend kx', 'postpone kx']],
) {
    my ($what, $lines, $there) = @$case;
    says($ctl->run(@store, @$what, @WHY, '--yes'), 0, qr/./, qr/^tlsgatectl: written: \Q$url\E/m, "@$what");
    my $document = stored();
    is_deeply([sort((map { "$_->{kind} $_->{schedule}" } @{ $document->{overrides} }), (map { "exempt $_->{schedule} $_->{network}" } @{ $document->{exemptions} }))],
        [sort @$there], '... the document');
    my @audit = $etcd->audit($KEY);
    is(scalar @audit, ++$changes, '... one more entry of the audit');
    my $last = $audit[-1];
    like($last->{key}, qr{^\Q$KEY\E\.audit/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z-[0-9a-f]{16}\z}, '... under a key of its own');
    is_deeply([map { [@$_{qw(command schedule)}] } @{ $last->{lines} }], $lines, '... with its lines');
    is_deeply([map { "@$_{qw(by reason outcome)}" } @{ $last->{lines} }], [('ops because written') x @$lines], '... who, why, and that it is done');
    is($last->{revision}, $etcd->get($KEY)->{revision}, '... written together with the document');
}
is($etcd->get($KEY)->{version}, $changes, 'the document was written as many times');
is($ctl->text . $ctl->text('.audit') . $ctl->text('.lock'), '', 'the file of this machine was not');
{
    my $file = fresh();
    $file->run('suspend', 'kx', '--until', $END, @WHY, '--yes');
    my ($done) = grep { $_->{outcome} eq 'written' } $file->audit;
    my ($line) = map { @{ $_->{lines} } } grep { $_->{lines}[0]{command} eq 'suspend' } $etcd->audit($KEY);
    is_deeply([sort keys %$line], [sort keys %$done], 'the audit has the same members as that of a file');
    delete @$_{qw(id time)}, delete $_->{to}{since} for $line, $done;
    is_deeply($line, $done, '... and the same values');
    is_deeply([sort keys %{ stored() }], [sort keys %{ $file->document }], 'so does the document');
}

# --- the audit, and undo
{
    my $changes = sub { @{ $ctl->json_of($ctl->run(@store, qw(audit --json), @_))->{changes} } };
    is(scalar(@{[$changes->()]}), $etcd->get($KEY)->{version}, 'audit: each change of the store, once');
    is(scalar(@{[$changes->('--since', '1h')]}), $etcd->get($KEY)->{version}, '... --since');
    is(scalar(@{[$changes->('--since', '2030-01-01T00:00Z')]}), 0, '... and none of them');
    my ($all) = grep { @{ $_->{edits} } == 2 } $changes->();
    is_deeply([map { $_->{schedule} } @{ $all->{edits} }], ['legacy-tls', 'kx'], '... with all of its edits');
    my $before = stored();
    says($ctl->run(@store, @ADD), 0, qr/./, qr/./, 'a change');
    my $id = ($changes->())[-1]{id};
    says($ctl->run(@store, 'undo', '--by', 'ops', '--yes'), 0, qr/^undo legacy-tls\n  ends +exempt account:acme/m, qr/this undoes $id: exempt add/, 'undo of the last change of the store');
    is_deeply(stored(), $before, '... puts back what was there');
    is(($changes->())[-1]{undoes}, $id, '... and is in the audit');
    # More than one answer of etcd has, and a line of another program.
    my $line = '{"id":"%s","time":"2018-01-01T00:00:00Z","by":"ops","command":"suspend","schedule":"kx","from":null,"to":null,"reason":"x","outcome":"written"}';
    $etcd->put("old/state.audit/$_", sprintf($line, sprintf('aaaaa%02d', $_)) . "\n") for 1 .. 120;
    $etcd->put('old/state.audit/x', "of another program\n");
    my $said = $ctl->run('--store', $etcd->url('old/state'), qw(audit --json));
    is(join(' ', map { $_->{id} =~ s/^a+0*//r } @{ $ctl->json_of($said)->{changes} }), join(' ', 1 .. 120), 'a long audit: all of it, in its order');
    like($said->{err}, qr/revision \d+ is damaged, and left out/, '... and what is none is named');
    is($said->{status}, 1, '... and a finding');
    # A list that was imported into the file of a machine, whose audit was copied here.
    $etcd->put('kept/state.audit/1', sprintf($line =~ s/"to":null/"to":{"import":{"file":"\/list.csv","sha256":"","new":9000,"entries":"kept"}}/r, 'bbbbbbb') . "\n");
    says($ctl->run('--store', $etcd->url('kept/state'), 'undo', '--by', 'ops', '--yes'), 2, undef, qr/nothing was changed: its entries were kept on another machine; undo it there$/m, 'what only another machine has kept is undone there');
}

# --- as large as etcd takes it
{
    my $large = 'tlsgate/large';
    my @store = ('--store', my $url = $etcd->url($large));
    my $list = $ctl->{httpd}->write_file('list.csv', '');
    my @import = ('exempt', 'import', $list, 'kx', '--until', $END, '--by', 'ops', '--reason', 'x' x 500, '--yes');
    my $write = sub { my ($n) = @_; $ctl->write($list, join('', "client\n", map { "account:$_\n" } 1 .. $n)) };
    $write->(2200);
    says($ctl->run(@store, @import, '--dry-run'), 2, undef, qr/nothing was changed: the document would have \d{7} bytes, and \Q$url\E accepts at most 1433600\. Exempt networks/, 'a document that is too large for etcd: dry-run says so');
    says($ctl->run(@store, @import), 2, undef, qr/nothing was changed: the document would have/, '... the change too');
    is($etcd->get($large), undef, '... before anything is written');
    $write->(2050);
    says($ctl->run(@store, @import), 0, qr/2050 added/, qr/^tlsgatectl: written: /m, 'one that is not much smaller is written');
    cmp_ok(length $etcd->get($large)->{value}, '>', 1_300_000, '... whole');
}

# --- each command that reads
$ctl->run(@store, @ADD);
$etcd->put('tlsgate/state2', 'of another program');
says($ctl->run(@store, 'schedule', 'kx'), 0, qr/^  by hand +suspend until $END, by ops: because$/m, undef, 'schedule');
says($ctl->run(@store, qw(simulate --protocol cleartext --json)), 0, qr/"override": *"suspend"/, qr//, 'simulate');
is($ctl->json_of($ctl->run(@store, qw(exempt list --json)))->[0]{client}, 'account:acme', 'exempt list');
my $revision = $etcd->get($KEY)->{revision};
my $status = $ctl->run(@store, 'status');
like($status->{out}, qr/\Q$url\E.*\b$revision\b/, 'status: the store and the revision');
like($status->{out}, qr/^written, but not in force: the httpd of this machine does not have it yet\n(?:  .*\n)*  kx: suspended until/m, '... and what is in it, which this machine does not have');
is(ref $ctl->json_of($ctl->run(@store, qw(status --json))), 'HASH', '... for programs');

# --- the choice of the store
sub bare { my ($env, @args) = @_; return $ctl->run_as({ env => $env }, $program, '--httpd', $ctl->{wrapper}, @args) }
says(bare({ TLSGATE_STORE => $url }, qw(exempt list)), 0, qr/account:acme/, undef, '$TLSGATE_STORE');
says(bare({ TLSGATE_STORE => $url, TLSGATE_STATE => $ctl->{state} }, qw(exempt list)), 0, qr/account:acme/, undef, '... also beside $TLSGATE_STATE');
says(bare({ TLSGATE_STORE => $url }, '--state', $ctl->{state}, qw(exempt list)), 0, qr/^nobody is exempt\n\z/, undef, '--state means the file');
says(bare({ TLSGATE_STORE => 'etcd://127.0.0.1:1/k' }, @store, qw(exempt list)), 0, qr/account:acme/, undef, '--store wins');
{
    my $other = $etcd->url('a%20key/%C3%A9');
    says($ctl->run('--store', $other, @ADD), 0, qr/./, qr/written/, 'a key with %XX');
    is(stored("a key/\xC3\xA9")->{exemptions}[0]{client}, 'account:acme', '... is decoded');
    is_deeply([$etcd->audit("a key/\xC3\xA9")]->[0]{lines}[0]{command}, 'exempt add', '... so is that of its audit');
}
{
    my @nowhere = ('--state', '/nonexistent/state.json', '--httpd', '/nonexistent/httpd');
    my $said = $ctl->run_as({}, $program, @nowhere, @store, qw(suspend new --until), $END, @WHY, '--yes');
    says($said, 0, qr/./, qr/there is no plan.*written/s, 'without a plan: a warning, and it continues');
    $said = $ctl->run_as({}, $program, '--httpd', '/nonexistent/httpd', @store, qw(resume new), @WHY, '--yes');
    says($said, 0, qr/./, qr/written/, '... also if no state file is known');
}
{
    my @dead = map { TlsGate::Httpd::free_port() } 1 .. 2;
    my @late = ('--store', $etcd->url($KEY, at => [@dead, $etcd->ports]));
    says($ctl->run(@late, qw(exempt list)), 0, qr/account:acme/, qr//, 'of several endpoints the first two are dead: read');
    says($ctl->run(@late, qw(exempt add kx account:late --until), $END, @WHY, '--yes'), 0, qr/./, qr/written/, '... written');
    is((grep { ($_->{client} // '') eq 'account:late' } @{ stored()->{exemptions} })[0]{schedule}, 'kx', '... and the change is made');
}
# A proxy of the environment is not used.
says($ctl->run_as({ env => { map { ($_ => 'http://127.0.0.1:1') } qw(http_proxy https_proxy all_proxy HTTP_PROXY ALL_PROXY) } }, $program, $ctl->standard, @store, qw(exempt list)), 0, qr/account:acme/, undef, 'a proxy in the environment');

# --- a document from etcdctl
{
    my $good = TlsGate::State::document(TlsGate::State::suspend('kx', $END, reason => 'by hand'));
    $etcd->put($KEY, $good);
    says($ctl->run(@store, 'schedule', 'kx'), 0, qr/by hand +suspend .*: by hand$/m, undef, 'a document written with etcdctl is read');
    my %broken = (
        'half of it'          => [substr($good, 0, 60), qr/line \d+, column \d+/],
        'nothing'             => ['', qr/line 1, column/],
        'a later version'     => [$good =~ s/"version" : 1/"version" : 2/r, qr/version: it is 2, and only 1/],
        'a member of its own' => [$good =~ s/"by"/"note":"x","by"/r, qr/overrides\[0\]\.note: there is no such member/],
        'another date'        => [$good =~ s/2099-01-01T/2099-01-01 /r, qr/overrides\[0\]\.until: /],
        'text that is not UTF-8'    => [$good =~ s/by hand/caf\xE9/r, qr/line \d+, column/],
        'a NUL'               => [$good =~ s/by hand/a\0b/r, qr/line \d+, column/],
        'a NUL after it'       => ["$good\0more", qr/line \d+, column/],
    );
    my @all = ([@ADD], [qw(exempt remove kx account:acme --yes), @WHY], [qw(suspend kx --for PT1H --yes), @WHY], [qw(resume kx --yes), @WHY],
        ['postpone', 'kx', '--cutoff', $END, '--yes', @WHY], ['schedule'], [qw(simulate --protocol TLSv1)], [qw(exempt list)]);
    for my $name (sort keys %broken) {
        my ($text, $place) = @{ $broken{$name} };
        $etcd->put($KEY, $text);
        my @wrong;
        for my $command (@all) {
            my $said = $ctl->run(@store, @$command);
            push @wrong, "@$command: $said->{status} $said->{err}" if $said->{status} != 2 || $said->{err} !~ $place;
        }
        my $said = $ctl->run(@store, 'status'); # which reports it as a problem
        push @wrong, "status: $said->{status} $said->{out}" if $said->{status} != 1 || $said->{out} !~ /^problems\n  \Q$url\E: $place/m;
        ok(!@wrong, "$name in etcd: every command says so, and names the place") or diag(join "\n", @wrong);
        document_is($text, '... and it stays as it is');
    }
    my @many = map { TlsGate::State::exempt('kx', "account:$_", $END, reason => 'x' x 400) } 1 .. 400;
    my $large = TlsGate::State::document(@many);
    cmp_ok(length $large, '>', 220_000, 'a large document');
    $etcd->put($KEY, $large);
    says($ctl->run(@store, @ADD), 0, qr/./, qr/written/, '... can be changed');
    is(scalar @{ stored()->{exemptions} }, 401, '... as a whole');
    $etcd->del($KEY);
    says($ctl->run(@store, qw(exempt list)), 0, qr/^nobody is exempt$/m, undef, 'a deleted key: nothing is in force');
    says($ctl->run(@store, qw(resume kx --yes), @WHY), 2, undef, qr/is gone, .* resume --all/, '... a file may still have the old state: resume ends nothing that it does not name');
    says($ctl->run(@store, qw(resume --all --confirm-all), @WHY), 0, qr/./, qr/the document is gone, .*this writes an empty one, which ends all of that/s, '... and --all writes a document');
    is_deeply(stored(), { version => 1, overrides => [], exemptions => [] }, '... without entries');
    says($ctl->run(@store, qw(resume kx --yes), @WHY), 1, undef, qr/neither suspended nor in a trial/, '... after which there is nothing to end, which is a finding');
    says($ctl->run(@store, @ADD), 0, qr/./, qr/written/, '... and it can be written again');
}

# --- eight writers, two hundred changes
{
    my $many = $etcd->url('many');
    my ($writers, $each) = (8, 25);
    my @pids = map {
        my $w = $_;
        my $pid = fork() // die "fork: $!";
        if (!$pid) {
            open($_, '>', '/dev/null') for *STDOUT, *STDERR;
            my $failed = 0;
            for my $i (1 .. $each) {
                $failed++ if system($program, '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd', '--store', $many,
                    qw(exempt add legacy-tls), "account:w$w-$i", '--until', $END, @WHY, '--yes');
            }
            POSIX::_exit($failed ? 1 : 0);
        }
        $pid;
    } 1 .. $writers;
    my $failed = grep { waitpid($_, 0); $? } @pids;
    is($failed, 0, 'eight writers at once: each could make each change');
    is_deeply([sort map { $_->{client} } @{ stored('many')->{exemptions} }], [sort map { my $w = $_; map { "account:w$w-$_" } 1 .. $each } 1 .. $writers], 'none is lost');
    my @audit = $etcd->audit('many');
    is(scalar @audit, $writers * $each, 'each is in the audit, once');
    is($etcd->get('many')->{version}, $writers * $each, 'the document was written as many times');
    my %seen;
    is_deeply([grep { $_->{version} != 1 || $seen{ $_->{revision} }++ } @audit], [], 'each together with its own document');
}

# --- another change before the answer
sub in_path { my ($name) = @_; return TlsGate::Etcd::in_path($name) }
sub asked {
    my ($where, $meanwhile, @answers) = @_;
    my $line = join(' ', map { "'$_'" } $program, $ctl->standard, @$where, 'suspend', 'kx', '--until', $END, @WHY);
    my %env = $ctl->environment;
    local @ENV{ keys %env } = values %env;
    my $pid = open2(my $out, my $in, 'script', '--quiet', '--return', '--command', $line, '/dev/null');
    my $text = '';
    for my $answer (@answers) {
        my $asked = () = $text =~ /Do it/g;
        while ((() = $text =~ /Do it\? \[y\/N\] /g) <= $asked) { sysread($out, $text, 4096, length $text) or last }
        $meanwhile->() if $meanwhile;
        undef $meanwhile;
        syswrite($in, "$answer\n");
    }
    close $in; # a second question gets no answer
    1 while sysread($out, $text, 4096, length $text);
    waitpid($pid, 0);
    return ($? >> 8, $text);
}
SKIP: {
    skip 'script is not installed', 6 unless in_path('script');
    my ($end, $text) = asked(\@store, sub { $ctl->run(@store, qw(exempt add kx account:other --until), $END, @WHY, '--yes') }, 'y');
    is($end, 0, 'another change meanwhile') or diag($text);
    is_deeply([map { scalar @{ stored()->{$_} } } qw(overrides exemptions)], [1, 2], '... neither is lost');
    ($end, $text) = asked(\@store, sub { $ctl->run(@store, 'trial', 'kx', '--until', $END, @WHY, '--yes') }, 'y', 'n');
    is($end, 1, 'a change of the same schedule meanwhile: it asks again, and accepts a no') or diag($text);
    is(stored()->{overrides}[0]{kind}, 'trial', '... the other change stays');
    ($end, $text) = asked(\@store, sub { $etcd->put($KEY, '{"version":1,') }, 'y');
    is($end, 2, 'a document that is broken meanwhile') or diag($text);
    document_is('{"version":1,', '... and is not overwritten');
}

# --- users, over TLS
sub file { my ($name, $text, $mode) = @_; my $path = $ctl->{httpd}->write_file($name, $text); chmod $mode // 0600, $path; return $path }
$etcd = TlsGate::Etcd->new(tls => 1);
$etcd->auth_on('ops', $SECRET, 'tlsgate/');
$etcd->ctl('role', 'add', 'readers');
$etcd->ctl('role', 'grant-permission', 'readers', '--prefix=true', 'read', 'tlsgate/');
$etcd->ctl('user', 'add', "reader:$SECRET");
$etcd->ctl('user', 'grant-role', 'reader', 'readers');
my $password = file('password', "$SECRET\nand a second line\n");
sub as { my ($user, %o) = @_; return ('--store', $etcd->url($KEY, user => $user, 'password-file' => $password, %o)) }
my @said;
sub heard { my $said = $ctl->run(@_); push @said, $said; return $said }
says(heard(as('ops'), @ADD), 0, qr/./, qr/written/, 'a user with a password, over TLS');
is(stored()->{exemptions}[0]{client}, 'account:acme', '... writes');
says(heard(as('ops'), qw(exempt list)), 0, qr/account:acme/, undef, '... and reads');
says(heard(as('reader'), qw(exempt list)), 0, qr/account:acme/, undef, 'a user with read access can read');
my $before = $etcd->get($KEY);
# All in parallel, since some are retried for a while.
sub all_at_once { return map { $ctl->finish($_) } map { $ctl->begin({}, $program, $ctl->standard, @$_) } @_ }
my @cases = (
    # fault, message, store, command
    ['no write access',                    qr/"reader".*permission denied/i,          [as('reader')],                                           qw(exempt remove legacy-tls account:acme --yes), @WHY],
    ['a key without access',               qr/permission denied/i,                    ['--store', $etcd->url('other', user => 'ops', 'password-file' => $password)], qw(exempt list)],
    ['a wrong password',                   qr/authentication failed|password/i,       [as('ops', 'password-file' => file('wrong', "n0t$SECRET\n"))], @ADD],
    ['a password with a trailing blank',   qr/authentication failed|password/i,       [as('ops', 'password-file' => file('blank', "$SECRET \n"))],   @ADD],
    ['a password not in UTF-8',            qr/password|UTF-8/i,                       [as('ops', 'password-file' => file('latin', "caf\xE9\n"))],   @ADD],
    ['a user not in UTF-8',                qr/user|UTF-8/i,                           [as('%FF')],                                              @ADD],
    ['an unknown user',                    qr/authentication failed|user/i,           [as('nobody')],                                           @ADD],
    ['no user',                            qr/requires a user; write USER\@HOST/, ['--store', $etcd->url($KEY)],                            @ADD],
    ['an authority that signed nothing',   qr/certificate/i,                          [as('ops', ca => "$etcd->{dir}/other-ca.pem")],           @ADD],
    ['no authority named',                 qr/certificate/i,                          [as('ops', ca => undef)],                                 @ADD],
    ['a missing authority file',           qr/nowhere|certificate/i,                  [as('ops', ca => "$etcd->{dir}/nowhere")],                @ADD],
    ['an invalid authority file',          qr/password|certificate/i,                 [as('ops', ca => $password)],                             @ADD],
    ['no TLS for a store with TLS',        qr/./,                                     ['--store', 'etcd://127.0.0.1:' . $etcd->port(0) . "/$KEY"], @ADD],
);
my @results = all_at_once(map { my (undef, undef, $where, @what) = @$_; [@$where, @what] } @cases);
push @said, @results;
for my $case (@cases) {
    my ($name, $message) = @$case;
    my $result = shift @results;
    is($result->{status}, 2, $name) or diag("$result->{out}$result->{err}");
    like($result->{err}, $message, '... with the reason');
}
is_deeply($etcd->get($KEY), $before, 'none of them has changed anything');
says(heard(as('ops', 'password-file' => file('crlf', "$SECRET\r\n")), qw(exempt list)), 0, qr/account:acme/, undef, 'a password file that has CRLF');
says(heard(as('ops', 'password-file' => file('no-newline', $SECRET)), qw(exempt list)), 0, qr/account:acme/, undef, '... or no end of the line');
SKIP: {
    skip 'script or /proc is not there', 1 unless in_path('script') && -r "/proc/$$/cmdline";
    my $seen = 0;
    my ($end) = asked([as('ops')], sub { $seen += grep { TlsGate::Httpd::slurp($_) =~ /\Q$SECRET\E/ } glob('/proc/[0-9]*/cmdline') }, 'n');
    is_deeply([$end, $seen], [1, 0], 'no command line of any process has the password');
}
unlike(join('', map { $_->{out} . $_->{err} } @said), qr/\Q$SECRET\E/, 'no output has it either');
unlike(join('', map { @{ $_->{lines} } ? JSON::PP->new->encode($_->{lines}) : () } $etcd->audit($KEY)), qr/\Q$SECRET\E/, 'nor has the audit');

# --- client certificates
$etcd = TlsGate::Etcd->new(tls => 'client');
my $d = $etcd->dir;
says($ctl->run('--store', $etcd->url($KEY, cert => "$d/client.pem", key => "$d/client.key"), @ADD), 0, qr/./, qr/written/, 'a client certificate');
is(stored()->{exemptions}[0]{client}, 'account:acme', '... writes');
@cases = (
    ['none, where one is required',           {}],
    ['one of another authority',              { cert => "$d/other-ca.pem", key => "$d/other-ca.key" }],
    ['one with the key of another',           { cert => "$d/client.pem", key => "$d/server.key" }],
    ['a missing certificate file',            { cert => "$d/none", key => "$d/client.key" }],
    ['a missing key file',                    { cert => "$d/client.pem", key => "$d/none" }],
);
@results = all_at_once(map { ['--store', $etcd->url($KEY, %{ $_->[1] }), qw(exempt list)] } @cases);
for my $case (@cases) {
    my ($name) = @$case;
    my $said = shift @results;
    is_deeply([@$said{qw(status out)}], [2, ''], "a client certificate: $name") or diag($said->{out});
    like($said->{err}, qr/^tlsgatectl: .*127\.0\.0\.1:@{[$etcd->port(0)]}/m, '... with the address');
}
# With users, etcd accepts no certificate with a name from its gateway's clients.
$etcd->auth_on('ops', $SECRET, 'tlsgate/');
my $said = $ctl->run('--store', $etcd->url($KEY, user => 'ops', 'password-file' => $password, cert => "$d/client.pem", key => "$d/client.key"), qw(exempt list));
is($said->{status}, 2, 'a client certificate with a name, and users');
like($said->{err}, qr/CommonName/, '... with the reason that etcd gives');

done_testing;
