# A log that cannot be written never delays or changes an answer: lost lines are
# counted and reported. One that cannot even be opened prevents the start.
use strict;
use warnings;
use lib 't/lib';
use Fcntl qw(O_NONBLOCK O_RDWR);
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;

my $schedule = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
CONF

# --- refused at start ------------------------------------------------------------
for my $c (
    [ '/nowhere/at/all.ndjson', 'No such file or directory', 'name a file' ],
    [ 'logs',                   'Is a directory',            'name a file' ],
    [ 'httpd.conf/log',         'Not a directory',           'name a file' ],
    [ '|/nowhere/program',      'No such file or directory', 'name it by its full path' ],
) {
    my ($value, $reason, $form) = @$c;
    my $h = TlsGate::Httpd->new(conf => "Listen \@http\@\n${schedule}TlsGateLog \"$value\"\n");
    my $started = eval { $h->start };
    my $why = $started ? '' : $h->output . $h->error_log;
    ok(!$started, "$value: httpd does not start");
    like($why, qr/TlsGateLog/, "$value: names the directive");
    like($why, qr/\Q$value\E"/, "$value: names the value");
    like($why, qr/\Q$reason\E/, "$value: says why: $reason");
    like($why, qr/; \Q$form\E/, "$value: names the fix");
}

# --- the programs that read the log ------------------------------------------------
# Copies lines to FILE, each immediately. Waits first until the file WAIT exists; ends
# after a line that has /die in it.
my $reader = <<'PERL';
my ($file, $wait) = @ARGV;
$0 = "tlsgate test reader";
select(undef, undef, undef, 0.02) while defined $wait && !-e $wait && getppid() != 1;
open(my $out, '>>', $file) or die "$file: $!";
while (sysread(STDIN, my $bytes, 65536)) {
    syswrite($out, $bytes);
    exit 3 if $bytes =~ m{/die};
}
PERL

sub server {
    my ($conf, %o) = @_;
    my $h = TlsGate::Httpd->new(conf => $schedule . $conf, %o);
    $h->write_file('reader.pl', $reader);
    return $h->start;
}

# The statuses of n successive requests; 0 for one that was not answered,
# and then for the rest.
sub statuses {
    my ($h, $port, $n, $path, @headers) = @_;
    my $stuck;
    return map {
        my $r = $stuck ? undef : eval {
            local $SIG{ALRM} = sub { die "no answer\n" };
            alarm 120;
            my $answer = ask(port => $h->port($port), path => $path, headers => \@headers);
            alarm 0;
            $answer;
        };
        alarm 0;
        $stuck = !$r;
        $r ? $r->{status} : 0;
    } 1 .. $n;
}

sub raw { my ($h, $name) = @_; return TlsGate::Httpd::slurp($h->dir . "/$name") }

# The lines of a file, and those that are not JSON.
sub lines_of {
    my ($h, $name) = @_;
    my @lines = split(/(?<=\n)/, raw($h, $name));
    return (\@lines, [ grep { !/\n\z/ || !eval { JSON::PP->new->utf8->decode($_); 1 } } @lines ]);
}

# The number of lost lines, as the parent reports it.
sub reported {
    my ($h) = @_;
    my @all = $h->error_log =~ /TlsGateLog: \d+ sightings were lost since the last report, (\d+) since the start/g;
    return $all[-1] // 0;
}
my $alarm = qr/TlsGateLog ".*": sightings are being lost; requests go on/;
my $report = qr/TlsGateLog: \d+ sightings were lost/;
my $long = 'User-Agent: ' . 'u' x 1000;

# Four servers at once: the reports come only every ten seconds.
my $full = server(<<'CONF');
Listen @http@
TlsGateLog /dev/full
ErrorLogFormat "[%t] [%m:%l] %E %M"
CONF
my $pipe = server(<<"CONF");
Listen \@good\@
Listen \@sleepy\@
LogFormat "%P" pid
CustomLog logs/pids pid
<VirtualHost *:\@good\@>
    TlsGateLog "|$^X \$DIR/reader.pl \$DIR/logs/good.ndjson"
</VirtualHost>
<VirtualHost *:\@sleepy\@>
    TlsGateLog "|$^X \$DIR/reader.pl \$DIR/logs/sleepy.ndjson \$DIR/wake"
</VirtualHost>
CONF
my $dying = server(<<"CONF");
Listen \@http\@
TlsGateLog "|$^X \$DIR/reader.pl \$DIR/logs/dying.ndjson"
CONF
my $nobody = $> == 0 ? 'nobody' : undef;
my $short = server("Listen \@http\@\nTlsGateLog logs/short.ndjson\n", user => $nobody);

# --- a full disk ---------------------------------------------------------------------
is_deeply([ statuses($full, 'http', 20, '/') ], [ (200) x 20 ], '/dev/full: requests are served');
is_deeply([ statuses($full, 'http', 20, '/rejected') ], [ (403) x 20 ], '/dev/full: or rejected, as without the fault');
is(scalar(() = $full->error_log =~ /$alarm/g), 1, '/dev/full: reported immediately, once');
like($full->error_log, qr{No space left on device.*TlsGateLog "/dev/full"}, '/dev/full: with the reason');

# --- a disk that becomes full in the middle of a line ------------------------------
# A limit on file sizes instead of a full disk: the last write is cut short. Without
# capabilities, only processes of the same user can be limited.
my $limit = 20_000;
my @as = $nobody ? ('setpriv', "--reuid=$nobody", '--regid=' . getgrgid((getpwnam $nobody)[3]), '--clear-groups') : ();
my @children = split(' ', TlsGate::Httpd::slurp("/proc/$short->{pid}/task/$short->{pid}/children"));
sub limit_files { my ($bytes) = @_; return !grep { system(@as, 'prlimit', '--pid', $_, "--fsize=$bytes:") } $short->{pid}, @children }
my $limited = @children && system('prlimit --version >/dev/null 2>&1') == 0 && limit_files($limit);
SKIP: {
    skip 'prlimit cannot limit the size of files here', 6 unless $limited;
    is_deeply([ statuses($short, 'http', 40, '/', $long) ], [ (200) x 40 ], 'a cut line: requests are served');
    is(-s $short->dir . '/logs/short.ndjson', $limit, 'the last line is cut in the middle');
    limit_files('unlimited');
    is_deeply([ statuses($short, 'http', 3, '/again') ], [ (404) x 3 ], 'after the limit is lifted');
    $short->wait_until(sub { (() = TlsGate::Httpd::slurp($short->dir . '/logs/short.ndjson') =~ m{"/again".*\n}g) == 3 });
    my ($lines, $bad) = lines_of($short, 'logs/short.ndjson');
    is(scalar @$bad, 1, 'the cut line is the only broken one');
    is_deeply([ map { JSON::PP->new->utf8->decode($_)->{url}{path} } @$lines[ -3 .. -1 ] ], [ ('/again') x 3 ],
        'the next ones are whole');
    ok($short->wait_until(sub { reported($short) == 43 - (@$lines - @$bad) }), 'the cut line and those that followed are counted');
}

# --- programs --------------------------------------------------------------------------
my @clients = map {
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my $bad = grep { $_ != 200 } statuses($pipe, 'good', 25, '/');
        POSIX::_exit($bad ? 1 : 0);
    }
    $pid;
} 1 .. 4;
is_deeply([ map { waitpid($_, 0); $? } @clients ], [ (0) x 4 ], 'a program: requests are served');
ok($pipe->wait_until(sub { @{ (lines_of($pipe, 'logs/good.ndjson'))[0] } == 100 }), 'a program: every line arrives');
is_deeply((lines_of($pipe, 'logs/good.ndjson'))[1], [], 'a program: whole');
cmp_ok(scalar(keys %{ { map { $_ => 1 } split(' ', raw($pipe, 'logs/pids')) } }), '>', 1, 'a program: from more than one process');

is_deeply([ statuses($pipe, 'sleepy', 100, '/', $long) ], [ (200) x 100 ], 'a program that does not read: requests are served');
is_deeply([ statuses($pipe, 'sleepy', 10, '/rejected', $long) ], [ (403) x 10 ], 'a program that does not read: or rejected');
is_deeply([ statuses($pipe, 'good', 1, '/') ], [200], 'a program that does not read: others are not affected');
is(scalar(() = $pipe->error_log =~ /$alarm/g), 1, 'a program that does not read: reported immediately, once');
$pipe->write_file('wake', '');
ok($pipe->wait_until(sub { -s $pipe->dir . '/logs/sleepy.ndjson' }), 'it reads again');
is_deeply([ statuses($pipe, 'sleepy', 5, '/awake') ], [ (404) x 5 ], 'requests are served');
ok($pipe->wait_until(sub { (() = raw($pipe, 'logs/sleepy.ndjson') =~ m{"/awake"}g) == 5 }), 'their lines arrive');
my ($lines, $bad) = lines_of($pipe, 'logs/sleepy.ndjson');
is_deeply($bad, [], 'every line is whole, before and after');
my $kept = join('', @$lines[ 0 .. $#$lines - 5 ]);
cmp_ok(length $kept, '>', 32_768, 'as much as the pipe holds was kept: ' . length $kept);
cmp_ok(115 - @$lines, '>', 20, 'the rest was lost: ' . (115 - @$lines));

is_deeply([ statuses($dying, 'http', 2, '/before') ], [ 404, 404 ], 'a program that dies: requests are answered');
$dying->wait_until(sub { raw($dying, 'logs/dying.ndjson') =~ m{(/before.*){2}}s });
is_deeply([ statuses($dying, 'http', 1, '/die') ], [404], 'a program that dies: the request is answered');
is_deeply([ statuses($dying, 'http', 5, '/after') ], [ (404) x 5 ], 'a program that dies: and those that follow');
ok($dying->wait_until(sub { (() = raw($dying, 'logs/dying.ndjson') =~ m{"/after"}g) == 5 }),
    'a program that dies: httpd starts it again, and nothing is lost');
is_deeply((lines_of($dying, 'logs/dying.ndjson'))[1], [], 'a program that dies: every line is whole');

# A named pipe is treated as a pipe, although TlsGateLog names it like a file.
my $fifo = TlsGate::Httpd->new(conf => "Listen \@http\@\n${schedule}TlsGateLog logs/fifo\n");
POSIX::mkfifo($fifo->dir . '/logs/fifo', 0600) or die "mkfifo: $!";
sysopen(my $reading, $fifo->dir . '/logs/fifo', O_RDWR | O_NONBLOCK) or die "fifo: $!";
$fifo->start;
is_deeply([ statuses($fifo, 'http', 2, '/', $long) ], [ 200, 200 ], 'a named pipe: requests are served');
my $first = '';
ok($fifo->wait_until(sub { sysread($reading, $first, 65_536, length $first); (() = $first =~ /\n/g) == 2 }),
    'a named pipe: the lines arrive');
my @stuck = map {
    my $pid = fork() // die "fork: $!";
    if (!$pid) { POSIX::_exit(scalar grep { $_ != 200 } statuses($fifo, 'http', 10, '/', $long)) }
    $pid;
} 1 .. 8;
is_deeply([ map { waitpid($_, 0); $? >> 8 } @stuck ], [ (0) x 8 ], 'a named pipe without a reader: requests are served');
close $reading;
$fifo->finish_ok($alarm);

# --- the count --------------------------------------------------------------------------
ok($full->wait_until(sub { reported($full) == 40 }), '/dev/full: 40 were lost');
ok($pipe->wait_until(sub { reported($pipe) == 115 - @$lines }), 'a program that did not read: the count is right');
ok($full->wait_until(sub { statuses($full, 'http', 1, '/'); (() = $full->error_log =~ /$alarm/g) == 2 }), 'after a report, the next loss is reported immediately again');
is(reported($dying), 0, 'a program that died: nothing to report');

$full->finish_ok($alarm, $report);
$pipe->finish_ok($alarm, $report);
$dying->finish_ok(qr/AH00106: piped log program .* failed unexpectedly/);
$short->finish_ok($limited ? ($alarm, $report) : ());
done_testing;
