#!/usr/bin/perl
# tlsgatectl follow on one machine: which documents it installs, what it does not touch, which
# messages it prints and how often, and that no line of the audit is lost or doubled.
use strict;
use warnings;

use lib 't/lib';
use Fcntl qw(:flock);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use TlsGate::Cable;
use TlsGate::Client qw(read_response);
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::Follow;
use TlsGate::State;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $program = TlsGate::Ctl::program();
my $END = '2099-01-01T00:00:00Z';
my $KEY = 'tlsgate/state';
my @WHY = (qw(--reason because --by ops));

my $etcd = TlsGate::Etcd->new;
my $url = $etcd->url($KEY);
my ($ctl, $f);

# A machine without a state, at the real time.
sub machine { $ctl = TlsGate::Ctl->new(@_); delete $ctl->{httpd}{faked}; return $ctl }
sub follow { my (%o) = @_; $f = TlsGate::Follow->new($ctl, delete $o{url} // $url, %o); return $f }

sub change { my (@what) = @_; my $said = $ctl->run('--store', $url, @what, @WHY, '--yes'); $said->{status} == 0 or die "@what: $said->{err}"; return $etcd->get($KEY) }
sub exempt { my ($who) = @_; return change(qw(exempt add legacy-tls), "account:$who", '--until', $END) }
sub suspended { my ($reason) = @_; return TlsGate::State::document(TlsGate::State::suspend('kx', $END, reason => $reason)) }
# First the document, then its audit.
sub installed {
    my ($name) = @_;
    my $now = $etcd->get($KEY);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($f->has($now->{value}) && $f->wait_for(sub { ($f->note->{audited} // 0) == $now->{revision} }), $name) or diag($f->said);
}
sub says_once { my ($what, $name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; ok($f->wait_for(sub { $f->says($what) }), $name) && is($f->says($what), 1, '... once') or diag($f->said) }

# The audit of this machine against that of the store, from that line on.
sub audit_is_whole {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @here = map { ($_->{revision} // 'here') . " $_->{command} " . ($_->{to}{client} // $_->{schedule} // '-') } $ctl->audit;
    my @there = map { my $e = $_; map { "$e->{revision} $_->{command} " . ($_->{to}{client} // $_->{schedule}) } @{ $e->{lines} } } $etcd->audit($KEY);
    my %here;
    $here{$_}++ for @here;
    is_deeply([grep { ($here{$_} // 0) != 1 } @there], [], $name) or diag(join "\n", @here);
}

# --- an empty store
machine();
follow();
says_once(qr/has no document/, 'an empty store');
ok(!-e $ctl->{state}, '... makes no file');
ok($f->wait_for(sub { $f->note->{connected} }), '... and FILE.follow says that it is connected');

# --- a change
my $now = change('suspend', 'kx', '--until', $END);
installed('a change is installed');
is((stat $ctl->{state})[2] & 07777, 0644, '... readable for everyone, and writable only for the owner');
is((stat _)[4], $>, '... and belongs to the user that follows');
ok($f->wait_for(sub { $ctl->audit }), '... and is in the audit');
{
    my ($line) = $ctl->audit;
    my ($there) = map { @{ $_->{lines} } } $etcd->audit($KEY);
    is_deeply($line, { %$there, store => $url, revision => $now->{revision} }, '... as it was written, with its origin');
    is((stat "$ctl->{state}.audit")[2] & 0007, 0, '... which is not readable for everyone');
    my $note;
    ok($f->wait_for(sub { $note = $f->note; ($note->{revision} // 0) == $now->{revision} }), 'FILE.follow has the revision');
    is_deeply([@$note{qw(version store)}, !!$note->{connected}], [1, $url, !!1], '... and the store');
    like($note->{cluster}, qr/^[0-9]+$/, '... and the cluster');
    like($note->{since}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '... and since when');
    is(scalar(() = $ctl->text('.follow') =~ /\n/g), 1, '... in one line');
}
for my $where ([], ['--store', $url]) {
    # No httpd runs here, but while the change was made one seemed to, which the daemon may have reported: it looks again.
    my $problems;
    ok($f->wait_for(sub {
        ($problems) = ($ctl->run(@$where, 'status')->{out} =~ /^problems\n((?:  .*\n)*)/m, '');
        return $problems !~ /^  (?!.*: no httpd runs with this state file$)/m;
    }), "status @{[$where->[0] // 'of the file']}: nothing is wrong with the file") or diag($problems);
    my $said = $ctl->run(@$where, 'status');
    like($said->{out}, qr/follows \Q$url\E.*\b$now->{revision}\b/, '... it names the file and the store');
}
is($f->printed, '', 'nothing on the standard output');

# --- a document from etcdctl
$etcd->put($KEY, suspended('with etcdctl'));
installed('a document from etcdctl is installed');
{
    my $revision = $etcd->get($KEY)->{revision};
    ok($f->wait_for(sub { ($ctl->audit)[-1]{revision} == $revision }), '... and is in the audit');
    my $line = ($ctl->audit)[-1];
    like(delete $line->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '... with when');
    like(delete $line->{reason}, qr/./, '... with a note instead of a reason');
    is_deeply($line, { by => 'tlsgatectl follow', command => 'follow', schedule => undef, from => undef, to => undef, outcome => 'written', store => $url, revision => $revision },
        '... in the members of every line');
}

# --- many changes at once
exempt("fast-$_") for 1 .. 12;
installed('a dozen changes: the last one is installed');
ok($f->wait_for(sub { ($ctl->audit)[-1]{revision} == $etcd->get($KEY)->{revision} }), '... and in the audit');
audit_is_whole('... with all before it, each once');
change('suspend', '--all', '--until', $END);
installed('a change of two schedules');
ok($f->wait_for(sub { ($ctl->audit)[-1]{revision} == $etcd->get($KEY)->{revision} }), '... is in the audit');
is((grep { $_->{revision} == $etcd->get($KEY)->{revision} } $ctl->audit), 2, '... with two lines');

# --- a second follow
{
    my $second = TlsGate::Follow->new($ctl, $url);
    is($second->end, 2, 'a second follow for the same file ends');
    like($second->said, qr/\Q$ctl->{state}\E already/, '... and says why');
    ok($f->runs, '... the first one keeps running');
    open(my $reader, '<', "$ctl->{state}.follow") or die;
    ok(flock($reader, LOCK_SH | LOCK_NB), '... a reader of FILE.follow does not count as a follower');
    close $reader;
    unlink "$ctl->{state}.follow";
    ok($f->wait_for(sub { $f->note->{connected} }), '... FILE.follow is gone: there is another one');
    $second = TlsGate::Follow->new($ctl, $url);
    is($second->end, 2, '... which is locked again');
    exempt('beside-a-second');
    installed('... and installs');
}

# --- documents that httpd would refuse, and a deleted one
my $good = $ctl->text;
for my $case (
    ['half a document',      substr($good, 0, 60),                         qr/line \d+, column \d+/],
    ['nothing',              '',                                           qr/line 1, column/],
    ['a future version',     $good =~ s/"version": 1/"version": 2/r,       qr/version: it is 2/],
    ['text that is not UTF-8', $good =~ s/because/caf\xE9/r,                 qr/line \d+, column/],
    ['a NUL after it',       "$good\0",                                    qr/line \d+, column/],
) {
    my ($name, $text, $what) = @$case;
    $etcd->put($KEY, $text);
    my $revision = $etcd->get($KEY)->{revision};
    says_once(qr/\b$revision\b.*$what/, "$name: an error that names revision and place");
    is($ctl->text, $good, '... and the file stays');
    $good = suspended("after $name");
    $etcd->put($KEY, $good);
    ok($f->has($good), '... until a good one comes') or diag($f->said);
}
is($ctl->text, $good, 'the file is the last good one');
my $missing_before = $f->says(qr/has no document/);
$etcd->del($KEY);
ok($f->wait_for(sub { $f->says(qr/has no document/) > $missing_before }), 'the key is deleted: a warning') or diag($f->said);
is($ctl->text, $good, '... and the file stays');
{
    my $said = $ctl->run('--store', $url, 'status');
    is($said->{status}, 1, '... status reports a problem');
    like($said->{out}, qr/^problems\n(?:.*\n)*  \Q$url\E is gone/m, '... and says that the document is gone');
}
{
    my $said = $ctl->run('--store', $url, qw(exempt add legacy-tls account:none), '--until', $END, @WHY, '--yes');
    is($said->{status}, 2, '... a change would end all overrides in force: it is not made');
    like($said->{err}, qr/nothing was changed: \Q$url\E is gone/, '... and says why');
}
$etcd->put($KEY, $good);
installed('... until it is put back');
is($f->says(qr/has no document/), $missing_before + 1, '... one message');
audit_is_whole('the audit has all of it');

# --- the file is changed on this machine
{
    my $said = $ctl->run('suspend', 'legacy-tls', '--until', $END, @WHY, '--yes');
    is($said->{status}, 0, 'a change of the file that follows');
    like($said->{err}, qr/follows \Q$url\E: this changes this machine only, until the next change/, '... with a warning');
    my $mine = $ctl->text;
    says_once(qr/changed on this machine/, '... follow says so');
    is($ctl->text, $mine, '... and leaves it');
    $said = $ctl->run('--store', $url, 'status');
    is($said->{status}, 1, '... status, with the store, reports a problem');
    like($said->{out}, qr/^problems\n(?:.*\n)*  \Q$ctl->{state}\E is no longer revision \d+ of \Q$url\E: .*\n    -> .*remove it to have it written again now$/m, '... and names it');
    exempt('over-a-local-change');
    installed('... the next change in the store replaces it');
    is($f->says(qr/changed on this machine/), 1, '... one message');
    my $lines = $ctl->audit;
    unlink $ctl->{state};
    installed('a removed file is written again');
    is(scalar(my @l = $ctl->audit), $lines, '... which is not a change');
}

# --- the lock of the file's writers
{
    open(my $lock, '>>', "$ctl->{state}.lock") or die;
    flock($lock, LOCK_EX) or die;
    my $before = $ctl->text;
    my $after = exempt('behind-a-lock')->{value};
    ok(!$ctl->{httpd}->wait_until(sub { $ctl->text ne $before }, 1), 'while another process holds the lock nothing is installed');
    close $lock;
    ok($f->has($after), '... and as soon as it is free, the change is');
}

# --- ended and restarted
for my $signal (qw(TERM INT KILL)) {
    ok($f->wait_for(sub { ($f->note->{revision} // 0) == $etcd->get($KEY)->{revision} }), "before $signal");
    is($f->end($signal), $signal eq 'KILL' ? 'signal 9' : 0, "$signal ends it");
    my $note = $f->note;
    is_deeply([$note->{store}, $note->{revision}], [$url, $etcd->get($KEY)->{revision}], '... FILE.follow outlives it');
    my $said = $ctl->run('status');
    is($said->{status}, 1, '... and status says');
    like($said->{out}, qr/^problems\n  nothing follows \Q$url\E any more/m, '... that follow is not running');
    exempt("while-down-$signal-$_") for 1 .. 3;
    follow();
    installed('... restarted, it installs the change made meanwhile');
    ok($f->wait_for(sub { ($ctl->audit)[-1]{revision} == $etcd->get($KEY)->{revision} }), '... and the audit follows');
    audit_is_whole('... without losing or doubling a line');
}
{
    $f->end('TERM');
    my $lines = $ctl->audit;
    follow();
    ok($f->wait_for(sub { $f->note->{connected} }), 'restarted without a change');
    exempt('a-marker');
    installed('... it follows');
    ok($f->wait_for(sub { ($ctl->audit)[-1]{revision} == $etcd->get($KEY)->{revision} }), '... and the audit');
    is(scalar(my @l = $ctl->audit), $lines + 1, '... has only the new line');
    $f->end('TERM');
    my $mine = TlsGate::State::document(TlsGate::State::suspend('kx', $END, reason => 'by hand'));
    $ctl->write($ctl->{state}, $mine);
    follow();
    says_once(qr/changed on this machine/, 'the file was changed while nothing followed');
    is($ctl->text, $mine, '... it stays');
    $f->end('TERM');
    $ctl->write("$ctl->{state}.follow", '{"version":1,"sto');
    follow();
    installed('a torn FILE.follow: it is written again');
    $f->end('TERM');
}

# --- more changes than one read returns
{
    my $json = JSON::PP->new->utf8->canonical;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $etcd->port(0)) or die;
    follow();
    installed('before a backlog');
    $f->end('TERM');
    for my $i (1 .. 350) {
        my $line = $json->encode({ time => '2018-08-08T12:00:00Z', by => 'ops', command => 'suspend', schedule => "backlog-$i", from => undef, to => {}, reason => 'because', outcome => 'written' });
        my @puts = ([$KEY, suspended("backlog $i")], [sprintf("$KEY.audit/2018-08-08T12:00:00.%06dZ-%016x", $i, $i), "$line\n"]);
        my $body = $json->encode({ success => [map { { request_put => { key => encode_base64($_->[0], ''), value => encode_base64($_->[1], '') } } } @puts] });
        print $socket "POST /v3/kv/txn HTTP/1.1\r\nHost: localhost\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
        read_response($socket)->{status} == 200 or die;
    }
    follow();
    installed('a backlog of 350 changes: the last is installed');
    ok($f->wait_for(sub { $ctl->text('.audit') =~ /"backlog-350".*\n/ }), '... the audit follows');
    is_deeply([map { $_->{schedule} } grep { ($_->{schedule} // '') =~ /^backlog/ } $ctl->audit], [map { "backlog-$_" } 1 .. 350], '... whole, in order, once');
    $f->end('TERM');
}

# --- etcd is down
{
    machine();
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my $through = $etcd->url($KEY, at => [$cable->port]);
    $cable->mode('cut');
    my $old = suspended('before etcd came');
    $ctl->write($ctl->{state}, $old);
    follow(url => $through);
    says_once(qr/cannot be followed/, 'etcd is down at the start: an error');
    ok($f->wait_for(sub { $cable->accepted > 6 }), '... and tries again');
    is($f->says(qr/cannot be followed/), 1, '... without a message for each try');
    is($ctl->text, $old, '... the file stays');
    like($ctl->run('status')->{out}, qr/has not been reachable since/, '... and status reports a problem');
    ok(!$f->note->{connected}, '... as FILE.follow does');
    $cable->mode('open');
    installed('... once etcd is up, it is followed');
    ok($f->wait_for(sub { $f->note->{connected} }), '... and FILE.follow says so');
    $cable->mode('cut');
    ok($f->wait_for(sub { $f->says(qr/cannot be followed/) == 2 }), 'down again: the error again');
    exempt("while-away-$_") for 1 .. 3;
    $cable->mode('open');
    installed('... and the changes made meanwhile are installed');
    my @new = grep { ($_->{to}{client} // '') =~ /while-away/ } $ctl->audit;
    is_deeply([map { $_->{to}{client} } @new], [map { "account:while-away-$_" } 1 .. 3], '... with each line of its audit, once') or diag($f->said);
    $f->end('TERM');
}

# --- a failure that ends because another process writes the file is reported again the next time
{
    machine();
    follow();
    installed('a machine');
    my $stuck = qr/\Q$ctl->{state}\E\.new: /;
    mkdir "$ctl->{state}.new";
    $ctl->write("$ctl->{state}.new/in-the-way", '');
    unlink $ctl->{state};
    says_once($stuck, 'a directory in place of the new file: an error');
    $ctl->write($ctl->{state}, TlsGate::State::document());
    ok($f->wait_for(sub { $f->says(qr/changed on this machine/) }), '... until the file is written by hand');
    unlink $ctl->{state};
    ok($f->wait_for(sub { $f->says($stuck) == 2 }), '... and once more when it is gone again') or diag($f->said);
    $f->end('TERM');
}

# --- another key
{
    machine();
    follow();
    installed('a key');
    $f->end('TERM');
    my $other = $etcd->url('tlsgate/other');
    follow(url => $other);
    says_once(qr/has no document yet/, 'another key, which was never written');
    is($f->note->{revision}, 0, '... of which nothing is installed');
    my $said = $ctl->run('--store', $url, 'status');
    is($said->{status}, 1, '... status with the first one reports a problem');
    like($said->{out}, qr/^  \S+ follows \Q$other\E, not \Q$url\E$/m, '... and names it');
    $f->end('TERM');
    unlink "$ctl->{state}.follow";
    like($ctl->run('--store', $url, 'status')->{out}, qr/^  this machine follows no store: what \Q$url\E has does not reach \S+\n    -> start tlsgatectl follow$/m,
        'a machine that follows nothing');
}

# --- a file that cannot be written
{
    machine();
    follow();
    installed('another machine');
    rename($ctl->{dir}, "$ctl->{dir}.away") or die;
    my $after = exempt('without-a-directory')->{value};
    says_once(qr/\Q$ctl->{state}\E\.lock: No such file/, 'the directory is gone: an error');
    ok($f->wait_for(sub { $f->says(qr/\.follow: No such file/) }), '... and about FILE.follow, at the next check');
    ok(!$f->wait_for(sub { !$f->runs }, 3), '... it keeps running');
    rename("$ctl->{dir}.away", $ctl->{dir}) or die;
    ok($f->has($after), '... once the directory is back it continues') or diag($f->said);
    ok($f->wait_for(sub { grep { ($_->{to}{client} // '') eq 'account:without-a-directory' } $ctl->audit }), '... with its audit');
    is($f->says(qr/No such file/), 2, '... one message for each');
    is($f->end('TERM'), 0, '... and it still runs');
}
SKIP: {
    machine();
    my $disk = "$ctl->{httpd}{dir}/disk";
    mkdir $disk;
    chmod 0755, $disk;
    skip 'no file system can be mounted here', 6
        if $> != 0 || system("mount -t tmpfs -o size=64k,mode=755 tlsgate-test $disk 2>/dev/null") != 0;
    $ctl->{state} = "$disk/state.json";
    follow();
    installed('a small disk');
    my $before = $ctl->text;
    system("head -c 100000 /dev/zero > $disk/filler 2>/dev/null");
    my $after = exempt('without-room')->{value};
    says_once(qr/No space left on device/, 'a full disk: an error');
    is($ctl->text, $before, '... the old file stays');
    unlink "$disk/filler";
    ok($f->has($after), '... with room again it continues') or diag($f->said);
    ok($f->wait_for(sub { grep { ($_->{to}{client} // '') eq 'account:without-room' } $ctl->audit }), '... with its audit');
    $f->end('TERM');
    system("umount $disk");
}

# --- users, TLS, the environment
{
    my $tls = TlsGate::Etcd->new(tls => 1);
    $tls->auth_on('ops', 's3cretWord', 'tlsgate/');
    machine();
    my $password = $ctl->{httpd}->write_file('password', "s3cretWord\n");
    chmod 0600, $password;
    my $secret = $tls->url($KEY, user => 'ops', 'password-file' => $password);
    $ctl->run('--store', $secret, 'suspend', 'kx', '--until', $END, @WHY, '--yes');
    $f = TlsGate::Follow->new($ctl, undef, env => { TLSGATE_STORE => $secret });
    ok($f->has($tls->get($KEY)->{value}), 'a user, over TLS, from $TLSGATE_STORE') or diag($f->said);
    $ctl->run('--store', $secret, 'resume', 'kx', @WHY, '--yes');
    ok($f->has($tls->get($KEY)->{value}), '... and the next change') or diag($f->said);
    ok($f->wait_for(sub { $ctl->audit == 2 }), '... with its audit') or diag($ctl->text('.audit'));
    is($f->end('TERM'), 0, '... until it is ended');
    unlike($f->said . $ctl->text('.follow') . $ctl->text('.audit'), qr/s3cretWord|Authorization/, 'no secret is printed or written');
    $ctl->write($password, "wrong\n");
    # On a busy machine a login may exceed the time limit of a call; only the first reason is reported.
    for (1 .. 20) {
        $f = TlsGate::Follow->new($ctl, $secret);
        last unless $f->wait_for(sub { $f->says(qr/cannot be followed: /) }) && $f->says(qr/cannot be followed: .*timed out/);
        $f->end('TERM');
    }
    says_once(qr/cannot be followed: .*(?:authentication failed|password)/, 'a wrong password: an error');
    $ctl->write($password, "s3cretWord\n");
    ok($f->wait_for(sub { $f->note->{connected} }), '... and no restart is needed once it is right');
}

# --- a user that may read the document but not its audit
{
    my $users = TlsGate::Etcd->new;
    $users->auth_on('ops', 'secret', 'tlsgate/');
    $users->ctl('role', 'add', 'half');
    $users->ctl('role', 'grant-permission', 'half', 'read', $KEY);
    $users->ctl('user', 'add', 'half:secret');
    $users->ctl('user', 'grant-role', 'half', 'half');
    machine();
    my $password = $ctl->{httpd}->write_file('password', 'secret');
    chmod 0600, $password;
    my ($all, $half) = map { $users->url($KEY, user => $_, 'password-file' => $password) } qw(ops half);
    $ctl->run('--store', $all, 'suspend', 'kx', '--until', $END, @WHY, '--yes');
    follow(url => $half);
    ok($f->has($users->get($KEY)->{value}), 'without access to the audit the document is still followed') or diag($f->said);
    $ctl->run('--store', $all, 'resume', 'kx', @WHY, '--yes');
    ok($f->has($users->get($KEY)->{value}), '... and the next change') or diag($f->said);
    says_once(qr/audit.*permission denied|permission denied.*audit/, '... and says so');
    $users->ctl('role', 'grant-permission', 'half', '--prefix=true', 'read', "$KEY.audit/");
    ok($f->wait_for(sub { my @l = $ctl->audit; @l == 2 }), '... once it has access, the audit is complete') or diag($f->said, $ctl->text('.audit'));
    $f->end('TERM');
}

done_testing;
