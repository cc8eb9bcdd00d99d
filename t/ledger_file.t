# The file of the ledger: numbers and stragglers over a full start, over a parent that is killed, and
# with a file that is damaged, foreign, unsafe, or somebody else's.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask get json_of);
use TlsGate::Httpd;

my ($h, $path);
sub conf {
    my ($ledger, $more) = @_;
    return <<"CONF";
Listen 127.0.0.1:\@tls\@
SSLEngine on
$ledger
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateIdentity header:X-Account
${\ ($more // '')}
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
}
my $LEDGER = 'TlsGateLedger 5 kept/ledger';
sub begin {
    $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => conf($LEDGER), tolerates => [qr/AH00098: pid file \S+ overwritten/]);
    $h->stop_clock('2018-07-10T09:00:00Z');
    mkdir "$h->{dir}/kept" or die "kept: $!";
    chmod 0755, "$h->{dir}/kept";
    $path = "$h->{dir}/kept/ledger";
    return;
}
sub status { return json_of(get($h->port, 'TLSv1.3', '/status?format=json')) }
sub come { my ($account, $n) = @_; get($h->port, 'TLSv1', '/index.html', "X-Account: $account", 'User-Agent: old/1') for 1 .. $n // 1; return }
sub names { return join(' ', sort map { "$_->{client}=$_->{requests}" =~ s/account://r } @{ status()->{stragglers}{items} }) }
sub known { my ($names, $name) = @_; return ok($h->wait_until(sub { names() eq $names }), $name) || diag(names()) }
sub old { return status()->{requests}{totals}{TLSv1}{warn} // 0 }
sub counted { my ($n, $name) = @_; return is(old(), $n, $name) }
sub put { my ($text) = @_; open(my $f, '>', $path) or die "$path: $!"; binmode $f; print $f $text; close($f) or die; return chmod 0600, $path }
sub aside { return glob("$path.refused-*") }

# --- a stop and a start
begin();
$h->start;
come('A', 2);
come('B');
known('A=2 B=1', 'stragglers');
my $census = status()->{census}{total};
$h->stop;
ok(-s $path, 'a stop writes the file');
is((stat $path)[2] & 07777, 0600, '... which nobody else may read');
is_deeply([glob("$path*")], [$path], '... and leaves nothing beside it');
like($h->error_log, qr/caught SIGTERM/, '... at the very end');
unlike($h->error_log, qr/TLSGATE008[234]/, '... without a word');

$h->stop_clock('2018-07-11T09:00:00Z');
$h->start;
known('A=2 B=1', 'after a full start they are there');
counted(3, '... and the numbers');
is(status()->{since}, '2018-07-10T09:00:00Z', '... and when it began');
cmp_ok(status()->{census}{total}{hellos}, '>', $census->{hellos}, '... and the census');
like($h->error_log, qr/TLSGATE0084: TlsGateLedger "\S+\/kept\/ledger": the ledger goes on from 2018-07-10T09:00:00Z, with 2 stragglers of 2$/m, '... which the error log says');
is(scalar(() = $h->error_log =~ /TLSGATE0084/g), 1, '... once');
come('A');
known('A=3 B=1', 'who comes again is found');
is_deeply([map { $_->{start} } @{ status()->{requests}{days} }], ['2018-07-10T00:00:00Z', '2018-07-11T00:00:00Z'], 'the history has both days');

# --- a graceful restart goes on in memory, and one that fails loses nothing
ok($h->graceful, 'a graceful restart');
known('A=3 B=1', '... keeps them');
is(scalar(() = $h->error_log =~ /TLSGATE0084/g), 1, '... and does not read the file');
$h->stop_clock('2018-07-11T09:01:00Z');
come('C');
known('A=3 B=1 C=1', 'one more');
$h->write_conf("Nonsense on\n");
$h->signal('USR1');
ok($h->wait_until(sub { waitpid($h->{pid}, 1) == $h->{pid} }), 'a restart with a wrong configuration ends it');
delete $h->{pid};
$h->write_conf(conf('TlsGateLedger 2 kept/ledger'));
$h->start;
known('A=3 C=1', 'the file has what was counted until then; a smaller table has the newest');
is(status()->{stragglers}{forgotten}, 1, '... and counts who had to leave');
like($h->error_log, qr/TLSGATE0084: .*, with 2 stragglers of 3$/m, '... and the error log says so');
counted(5, '... the numbers are all there');
$h->finish_ok(qr/AH00526|Invalid command 'Nonsense'|AH00020/);

# --- a parent that is killed
begin();
$h->start;
come('A');
ok($h->wait_until(sub { -s $path }), 'it is written soon after the start');
my $first = TlsGate::Httpd::slurp($path);
known('A=1', 'a straggler');
$h->stop_clock('2018-07-10T09:05:00Z');
ok($h->wait_until(sub { TlsGate::Httpd::slurp($path) ne $first }), '... and again five minutes later');
come('B', 3);
known('A=1 B=3', 'more that is not written yet');
my $pid = delete $h->{pid};
kill KILL => $pid;
waitpid($pid, 0);
kill KILL => -$pid; # its children are in its process group
$h->wait_until(sub { !kill(0, -$pid) });
$h->start;
known('A=1', 'after the parent was killed there is what was written last');
counted(1, '... and its numbers');
$h->stop;
my $good = TlsGate::Httpd::slurp($path);

# --- what is refused
my $torn = $good;
substr($torn, length($torn) / 2, 1) ^= "\x04";
my $newer = $good;
substr($newer, 16, 1) = "\x07";
for (
    ['a damaged file', $torn, 'its checksum does not match'],
    ['a file that is cut short', substr($good, 0, length($good) - 7), 'its length does not match its header'],
    ['a file of another version', $newer, 'it was written by another version of mod_tlsgate'],
) {
    my ($name, $bytes, $why) = @$_;
    put($bytes);
    unlink aside();
    my ($code, $said) = $h->configtest;
    like($said, qr/TLSGATE0082: TlsGateLedger "\S+kept\/ledger": the ledger will begin empty, because its file is refused: \Q$why\E; [^;]+; it will be renamed to \S+kept\/ledger\.refused-TIME$/m, "$name: httpd -t says so");
    is($code, 0, '... as a warning');
    is(TlsGate::Httpd::slurp($path), $bytes, '... and leaves the file');
    my $before = length $h->error_log;
    $h->start;
    like(substr($h->error_log, $before), qr/TLSGATE0082: TlsGateLedger "\S+kept\/ledger": the ledger begins empty, because its file is refused: \Q$why\E; [^;]+; it was renamed to \S+kept\/ledger\.refused-2018-07-10T09:05:00Z$/m, '... so does the error log');
    is_deeply([grep { $_ eq 'TLSGATE0082' } map { $_->{code} } @{ status()->{warnings} }], ['TLSGATE0082'], '... and the status page');
    is(names(), '', '... no straggler');
    counted(0, '... no number');
    is_deeply([map { TlsGate::Httpd::slurp($_) } aside()], [$bytes], '... and the file is kept');
    come('X');
    known('X=1', '... the ledger goes on');
    $h->stop;
    $h->start;
    known('X=1', '... and is written again');
    $h->stop;
}
for (['an empty file', ''], ['a foreign file', qq({"version": 1}\n) x 9], ['one that is almost ours', 'TLSGATE LEDGER' . "\n" x 99]) {
    my ($name, $bytes) = @$_;
    put($bytes);
    unlink aside();
    like(($h->configtest)[1], qr/TLSGATE0082: .*the ledger will begin empty.*: it is not a ledger file; name a file that nothing else uses; it stays as it is, and the ledger is not kept$/m, "$name: httpd -t says so");
    my $before = length $h->error_log;
    $h->start;
    like(substr($h->error_log, $before), qr/TLSGATE0082: .*: it is not a ledger file; name a file that nothing else uses; it stays as it is, and the ledger is not kept$/m, '... and so does the error log');
    come('X');
    known('X=1', '... httpd runs');
    $h->stop;
    is_deeply([TlsGate::Httpd::slurp($path), aside()], [$bytes], '... and the file is neither renamed nor written over');
}
put($good);
chmod 0666, $path;
unlink aside();
like(($h->configtest)[1], qr/TLSGATE0082: .*: the file is writable by group or others; run chmod go-w \S+; it stays as it is, and the ledger is not kept$/m, 'a file that others may write: httpd -t says so');
$h->start;
like($h->error_log, qr/TLSGATE0082: .*: the file is writable by group or others; run chmod go-w \S+; it stays as it is/, '... and so does the start');
$h->stop;
is_deeply([TlsGate::Httpd::slurp($path), aside()], [$good], '... and nothing is written over it');

# --- a file that another httpd writes as well, which may have the number of ours that is gone
chmod 0600, $path;
$h->start;
known('A=1', 'once the mode is right it is read');
open(my $same, '+<', $path) or die; # in place, so the number stays
print $same substr($good, 0, 16);
close($same) or die;
come('Y');
known('A=1 Y=1', 'one more');
$h->stop;
is(TlsGate::Httpd::slurp($path), $good, 'what somebody else wrote into the file is not written over');
ok($h->wait_until(sub { $h->error_log =~ qr/TLSGATE0083: .*: there is a file that this httpd did not read or write/ }), '... and the error log says so');
$h->finish_ok(qr/TLSGATE008[23]/);

# --- what cannot be written
begin();
chmod 0777, "$h->{dir}/kept";
like(($h->configtest)[1], qr/TLSGATE0083: .*: the directory is writable by group or others; run chmod go-w /, 'a directory that others may write: httpd -t says so');
$h->start;
come('A');
known('A=1', '... httpd starts');
$h->stop;
ok(!-e $path, '... and writes nothing there');
like($h->error_log, qr/TLSGATE0083: .*: the directory is writable by group or others; run chmod go-w /, '... which it says');
chmod 0755, "$h->{dir}/kept";
$h->write_conf(conf('TlsGateLedger 5 absent/ledger'));
like(($h->configtest)[1], qr/TLSGATE0083: .*: its directory: No such file or directory; create it, writable by root only: install -d -m 755 \S+absent$/m, 'no directory');
$h->write_conf(conf('TlsGateLedger 5'));
$h->start;
put('what somebody else wrote');
$h->write_conf(conf($LEDGER));
ok($h->graceful, 'a file is named while httpd runs');
$h->stop;
is(TlsGate::Httpd::slurp($path), 'what somebody else wrote', '... which it did not read, so it is not written over');
ok($h->wait_until(sub { $h->error_log =~ qr/TLSGATE0083: .*: there is a file that this httpd did not read or write; name a file of its own for each httpd; or to go on from this one/ }), '... and the error log says so');
$h->finish_ok(qr/TLSGATE0083/, qr/TLSGATE0082/);

# --- names are those that may be stored
for (['ip=truncate', '', 'ip:127.0.0.0'], ['ip=hash', '', 'ip:sha256:'], ['ip=full', 'hash:header:X-Account', 'account:sha256:'], ['ip=full', 'hash:query:api_key', 'account:sha256:'], ['ip=full', '', 'ip:127.0.0.1']) {
    my ($privacy, $identity, $want) = @$_;
    begin();
    $h->write_conf(conf($LEDGER, "TlsGatePrivacy $privacy\nTlsGateTrackUpgrades on") =~ s/^TlsGateIdentity .*/$identity && "TlsGateIdentity $identity"/mer);
    $h->start;
    get($h->port, $_, '/index.html?api_key=Geheim-42', 'X-Account: Geheim-42', 'Cookie: Geheim-42', 'Authorization: Bearer Geheim-42') for 'TLSv1', 'TLSv1.3';
    ok($h->wait_until(sub { (names()) =~ /=1$/ }), "$privacy $identity: a straggler") or diag(names());
    my @shown = map { get($h->port, 'TLSv1.3', "/status?format=$_")->{body} } qw(json html prometheus);
    $h->stop;
    my $file = TlsGate::Httpd::slurp($path);
    like($file, qr/\Q$want\E/, '... is in the file');
    my $secret = $want =~ /127\.0\.0\.1/ ? qr/Geheim/ : qr/Geheim|127\.0\.0\.1/;
    unlike($_, $secret, '... without a secret') for $file, @shown;
    $h->finish_ok;
}

# --- the words of the directive
begin();
for (['TlsGateLedger', 'it expects a number'], ['TlsGateLedger kept/ledger', 'it expects a number'], ['TlsGateLedger 1 a b', 'at most one file'], ['TlsGateLedger -1 a', 'it expects a number']) {
    $h->write_conf(conf($_->[0]));
    my ($code, $said) = $h->configtest;
    isnt($code, 0, "$_->[0] is wrong");
    like($said, qr/\Q$_->[1]\E.*write TlsGateLedger 16384 \/var\/lib\/tlsgate\/ledger/s, '... and the message has what is right');
}
done_testing;
