# The target of the log: faults that httpd -t finds before a reload, and a pipe without a reader.
use strict;
use warnings;
use lib 't/lib';

use POSIX ();
use Test::More;

use TlsGate::Client qw(get);
use TlsGate::Httpd;

my $SCHEDULE = <<'CONF';
Listen 127.0.0.1:@http@
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext "expr=%{HTTP_USER_AGENT} =~ /Java/"
</TlsGateSchedule>
TlsGate plain
CONF
my $FILE    = 'the file cannot be opened for writing; name a file in a directory';
my $PROGRAM = 'the program cannot be started; name it by its full path, or write |$ before a command for the shell';

# target, message, reason of the system; undef if it is valid
for (
    ['logs/nowhere/x.ndjson',   $FILE,    'No such file or directory'],
    ['logs',                    $FILE,    'Is a directory'],
    ['"|/nowhere/rotatelogs x"', $PROGRAM, 'No such file or directory'],
    ['"|cat"',                  $PROGRAM, 'No such file or directory'],
    ['logs/x.ndjson'],
    ['"|/bin/cat -u"'],
    ['"|$cat >/dev/null"'],
    ['"||/bin/cat"'],
) {
    my ($target, $said, $reason) = @$_;
    my ($status, $text) = TlsGate::Httpd->new(conf => "${SCHEDULE}TlsGateLog $target\n")->configtest;
    is($status == 0, !$said, "$target: " . ($said ? 'refused by httpd -t' : 'accepted'));
    like($text, $said ? qr/\Q$reason\E: TLSGATE\d{4}: TlsGateLog ".*": \Q$said\E/ : qr/^Syntax OK$/m, "$target: and why");
}

# A new file has the group of its directory, so that whoever reads httpd's logs reads it too; one
# that is there keeps its own.
SKIP: {
    skip 'only root can give files to a group', 3 if $>;
    my $group = (getgrnam('adm'))[2];
    my $shared = TlsGate::Httpd->new(conf => "${SCHEDULE}TlsGateLog logs/new.ndjson\n"
        . "<VirtualHost *:81>\nTlsGateLog logs/old.ndjson\n</VirtualHost>\n");
    my $old = $shared->write_file('logs/old.ndjson', '');
    chown -1, $group, $shared->dir . '/logs';
    $shared->start;
    is(join(' ', (stat($shared->dir . '/logs/new.ndjson'))[4, 5]), "0 $group", 'a new log is of root and the group of its directory');
    is((stat($old))[5], 0, 'one that is there keeps its group');
    $shared->finish_ok;
}

my $h = TlsGate::Httpd->new(conf => "${SCHEDULE}TlsGateLog logs/pipe\n");
POSIX::mkfifo($h->dir . '/logs/pipe', 0600) or die "mkfifo: $!";
$h->start;
my $r = get($h->port('http'), undef, '/');
is($r->{status}, 200, 'a named pipe without a reader: httpd starts and serves');
is($r->{headers}{vary}, undef, 'a condition of a schedule adds no Vary');
ok($h->graceful, 'and restarts');
is(get($h->port('http'), undef, '/')->{status}, 200, 'and serves');
$h->finish_ok;
done_testing;
