# A real httpd for one test: its own ServerRoot, free ports, a clock that can be
# set while it runs, and an error log that must be clean at the end.
package TlsGate::Httpd;

use strict;
use warnings;

use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(SIGUSR1 WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use TlsGate::Clock;

my $BUILD = $ENV{BUILD} || 'build';
my $HTTPD = $ENV{HTTPD};    # servers are started with their own environment

# A test that receives a signal stops its servers, which have their own process groups.
my $OWNER = $$;
$SIG{TERM} = sub { $$ == $OWNER ? exit(143) : POSIX::_exit(143) };

sub module_path { return $ENV{TLSGATE_MODULE} || absolute("$BUILD/mod_tlsgate.so") }

sub absolute { my ($path) = @_; require Cwd; return Cwd::abs_path($path) || die "$path: $!\n" }

# The program, under the name that the distribution gives it.
sub program {
    return $HTTPD if $HTTPD;
    for my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin', '/usr/local/apache2/bin') {
        for my $name (qw(apache2 httpd)) {
            return "$dir/$name" if -x "$dir/$name";
        }
    }
    die "httpd not found: set HTTPD\n";
}

sub _query { my ($what) = @_; return `apxs -q $what 2>/dev/null` =~ s/\s+\z//r }

my %static;
sub _is_static {
    my ($name) = @_;
    %static = map { s/^\s+|\.c\s*$//gr => 1 } `@{[program()]} -l` unless %static;
    return $static{"mod_$name"} || $static{$name};
}

sub _load {
    my ($name) = @_;
    our $libexec ||= _query('LIBEXECDIR');
    return _is_static($name) ? '' : "LoadModule ${name}_module $libexec/mod_$name.so\n";
}

# A certificate that is valid at every date that the tests set.
sub certificate {
    my $dir = abs_dir("$BUILD/test");
    my @pair = ("$dir/certificate/cert.pem", "$dir/certificate/key.pem");
    return @pair if -e $pair[0];
    my $tmp = tempdir(DIR => $dir, CLEANUP => 1);
    local $ENV{OPENSSL_CONF} = '/dev/null';
    open(my $conf, '>', "$tmp/conf") or die "$tmp/conf: $!";
    print $conf "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nbasicConstraints=CA:FALSE\n",
        "subjectAltName=DNS:localhost,DNS:*.example.com,DNS:example.com,IP:127.0.0.1\n";
    close $conf;
    mkdir "$tmp/pair" or die "$tmp/pair: $!";
    my $command = "openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -subj /CN=localhost "
        . "-config $tmp/conf -extensions ext -keyout $tmp/pair/key.pem -out $tmp/pair/cert.pem 2>$tmp/err";
    TlsGate::Clock::stopped_at('2009-01-01T00:00:00Z', sub { system($command) }) == 0
        or die "openssl req failed: " . slurp("$tmp/err");
    # Of several tests that begin together, the first one's: never the key of one with another's certificate.
    rename("$tmp/pair", "$dir/certificate") or -e $pair[0] or die "$dir/certificate: $!";
    return @pair;
}

sub abs_dir { my ($d) = @_; make_path($d); return absolute($d) }

sub slurp { my ($f) = @_; open(my $h, '<', $f) or return ''; local $/; my $t = <$h>; return $t // '' }

# Below the range of the kernel's ephemeral ports. A socket in the abstract
# namespace reserves the port among the tests of this machine for as long as this one runs,
# even while its server is down.
my %reserved;
sub free_port {
    for (1 .. 500) {
        my $port = 10_000 + int rand 22_000;
        next if $reserved{$port};
        my $s = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $port, Listen => 1, ReuseAddr => 1) or next;
        $reserved{$port} = IO::Socket::UNIX->new(Local => "\0tlsgate-test-$port", Listen => 1) or next;
        return $port;
    }
    die "no free port\n";
}

# Options: conf (text with @name@ for the port of that name), mpm, modules, clock
# (an instant: the fake clock starts there), user (an unprivileged user to run as),
# tls (0: no default TLS settings), under (a program, with arguments, that runs it), define (list for -D), environment (additions),
# tolerates (patterns of optional messages in the error log).
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { dir => $dir, ports => {}, %o }, $class;
    $self->{mpm} ||= $ENV{TLSGATE_MPM} || 'event';
    chmod 0755, $dir;
    mkdir "$dir/$_" for qw(htdocs logs run cache);
    $self->write_file('htdocs/index.html', "static page\n");
    $self->write_conf($self->{conf});
    $self->set_clock($o{clock}) if $o{clock};
    chown((getpwnam($o{user}))[2, 3], $dir, glob("$dir/*")) if $o{user} && $> == 0;
    # So that workers that have dropped root can write where a test lets them.
    chmod 0777, "$dir/cache" if $> == 0;
    return $self;
}

sub dir { $_[0]{dir} }
sub write_file {
    my ($self, $name, $text) = @_;
    open(my $h, '>', "$self->{dir}/$name") or die "$name: $!";
    print $h $text;
    close $h;
    return "$self->{dir}/$name";
}

sub port {
    my ($self, $name) = @_;
    return $self->{ports}{ $name // 'tls' } ||= free_port();
}

sub mpm_conf {
    my ($self) = @_;
    return "StartServers 2\nMinSpareServers 2\nMaxSpareServers 4\nMaxRequestWorkers 16\n"
        if $self->{mpm} eq 'prefork';
    return "StartServers 2\nServerLimit 4\nThreadsPerChild 8\nMaxRequestWorkers 32\n"
        . "MinSpareThreads 8\nMaxSpareThreads 32\n";
}

sub write_conf {
    my ($self, $text) = @_;
    my ($cert, $key) = certificate();
    if ($self->_leaves_root) { # the key is root's
        $self->write_file('cert.pem', slurp($cert));
        $self->write_file('key.pem', slurp($key));
        ($cert, $key) = map { "$self->{dir}/$_.pem" } qw(cert key);
    }
    my @modules = ("mpm_$self->{mpm}", qw(unixd log_config authz_core authz_host mime headers env setenvif dir alias
        rewrite socache_shmcb ssl), @{ $self->{modules} || [] });
    my $user = $> == 0 && !$self->{user} ? "User www-data\nGroup www-data\n" : '';
    my $tls = ($self->{tls} // 1) ? <<"TLS" : '';
SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2 +TLSv1.3
SSLCipherSuite DEFAULT:\@SECLEVEL=0
SSLSessionCache shmcb:run/ssl_cache(512000)
SSLSessionTickets off
TLS
    $text =~ s/\@(\w+)\@/$self->port($1)/ge;
    $text =~ s/\$DIR\b/$self->{dir}/g;
    $self->{text} = $text;
    $self->write_file('httpd.conf', <<"CONF" . join('', map { _load($_) } @modules) . <<"CONF2" . $text);
ServerRoot $self->{dir}
PidFile run/httpd.pid
DefaultRuntimeDir run
Mutex pthread
ServerName localhost
ErrorLog logs/error_log
LogLevel notice
ErrorLogFormat "[%t] [%m:%l] %M"
Timeout 20
CONF
${\ ($self->{without_tlsgate} ? '' : "LoadModule tlsgate_module " . module_path()) }
$user${\ $self->mpm_conf}DocumentRoot $self->{dir}/htdocs
TypesConfig /dev/null
AddType text/html .html
SSLCertificateFile $cert
SSLCertificateKeyFile $key
SSLRandomSeed startup builtin
$tls
CONF2
}

# Sets the clock, also of a server that runs: an instant or seconds since 1970, plus a
# fraction so that the second has just begun. The clock moves on from there.
sub set_clock {
    my ($self, $instant, $fraction) = @_;
    $self->{faked} = TlsGate::Clock::run_from($self->_clock, $instant =~ /T/ ? epoch($instant) : $instant, $fraction);
}

# The clock stops at that instant, however slow the machine is.
sub stop_clock { my ($self, $instant) = @_; $self->{faked} = TlsGate::Clock::stop_at($self->_clock, epoch($instant)) }

sub _clock { return "$_[0]{dir}/clock" }

sub epoch { return TlsGate::Clock::epoch(@_) }

sub _environment {
    my ($self) = @_;
    my %env = (PATH => $ENV{PATH}, LANG => 'C', TZ => $self->{TZ} || 'Asia/Kolkata');
    my @preload = grep { defined && length } $ENV{TLSGATE_PRELOAD};
    $env{LD_PRELOAD} = join(':', @preload) if @preload;
    %env = (%env, TlsGate::Clock::environment($self->_clock, @preload)) if $self->{faked};
    for (qw(ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS)) { $env{$_} = $ENV{$_} if $ENV{$_} }
    return (%env, %{ $self->{environment} || {} });
}

sub _leaves_root { my ($self) = @_; return $self->{user} && $> == 0 }

sub command {
    my ($self, @more) = @_;
    # The preloaded libraries are for httpd, not for setpriv.
    my @as = $self->_leaves_root
        ? ('setpriv', "--reuid=$self->{user}", '--clear-groups',
           '--regid=' . getgrgid((getpwnam($self->{user}))[3]),
           'env', 'LD_PRELOAD=' . ({ $self->_environment }->{LD_PRELOAD} // '')) : ();
    return (@{ $self->{under} || [] }, @as, program(), '-d', $self->{dir}, '-f', "$self->{dir}/httpd.conf",
            (map { ('-D', $_) } @{ $self->{define} || [] }), @more);
}

# Runs httpd with those arguments and waits. Returns its exit status and all output.
sub run {
    my ($self, @args) = @_;
    my %env = $self->_environment;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDERR, '>&', \*STDOUT);
        %ENV = %env;
        delete $ENV{LD_PRELOAD} if $self->_leaves_root;
        { exec $self->command(@args) }
        POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return ($? >> 8, $text);
}

sub configtest { my ($self) = @_; return $self->run('-t') }

sub start {
    my ($self) = @_;
    my %env = $self->_environment;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        setpgrp(0, 0); # prefork answers SIGTERM by a signal to its whole process group
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>', "$self->{dir}/logs/stdout");
        open(STDERR, '>&', \*STDOUT);
        %ENV = %env;
        delete $ENV{LD_PRELOAD} if $self->_leaves_root;
        { exec @{ $self->{under} || [] }, $self->command("-D", "FOREGROUND") }
        POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    $self->wait_until(sub {
        if (waitpid($pid, WNOHANG) == $pid) { delete $self->{pid}; return 1 }
        return -s "$self->{dir}/run/httpd.pid" && _catches_usr1($pid)
            && !grep { !_answers($_) } values %{ $self->{listening} || $self->{ports} };
    }) or die "httpd does not listen:\n" . $self->output;
    die "httpd did not start:\n" . $self->output . $self->error_log unless $self->{pid};
    return $self;
}

# httpd listens and writes its pid file before it has set its signal handlers: a signal that
# comes in between ends it.
sub _catches_usr1 {
    my ($pid) = @_;
    my ($caught) = slurp("/proc/$pid/status") =~ /^SigCgt:\s*([0-9a-f]+)/m or return 0;
    return hex(substr($caught, -8)) >> (SIGUSR1 - 1) & 1;
}

sub output { slurp("$_[0]{dir}/logs/stdout") }

sub _answers {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 2) ? 1 : 0;
}

# Polls: no test sleeps for a fixed time. True as soon as the condition is. The maximum is
# there to end a test that hangs, far above what a busy machine needs. $pause: between two
# checks, in seconds, for expensive conditions.
sub wait_until {
    my ($self, $condition, $seconds, $pause) = @_;
    my $deadline = time + ($seconds // 300);
    while (1) {
        my $r = $condition->();
        return $r if $r;
        return 0 if time > $deadline;
        sleep($pause // 0.02);
    }
}

sub signal { my ($self, $sig) = @_; kill $sig, $self->{pid} if $self->{pid} }

sub _times_resumed { return scalar(() = $_[0]->error_log =~ /resuming normal operations/g) }

sub graceful {
    my ($self) = @_;
    # The message of the start may still be to come.
    my $before = $self->wait_until(sub { $self->_times_resumed });
    $self->signal('USR1');
    return $self->wait_until(sub { $self->_times_resumed > $before });
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    my $gone = $self->wait_until(sub { waitpid($pid, WNOHANG) != 0 });
    if (!$gone) { kill KILL => $pid; waitpid($pid, 0) }
    return $gone;
}

sub DESTROY { local ($?, $!, $@); $_[0]->stop }

sub error_log { my ($self) = @_; return slurp("$self->{dir}/logs/error_log") }

# The lines of a sightings log, decoded. Dies on a line that is not JSON. A line without an end
# is still being written: a file system may show a write that crosses a page in two parts.
sub sightings {
    my ($self, $name) = @_;
    return map { JSON::PP->new->utf8->decode($_) }
        slurp("$self->{dir}/" . ($name // 'logs/tlsgate.ndjson')) =~ /^(.+)\n/mg;
}

# Waits for that many sightings: they are written after the answer was sent.
sub wait_sightings {
    my ($self, $n, $name) = @_;
    $self->wait_until(sub { (my @s = $self->sightings($name)) >= $n });
    return $self->sightings($name);
}

# Those after the first $$seen, as soon as there are that many; $$seen counts them as seen.
sub new_sightings {
    my ($self, $seen, $n) = @_;
    my @all = $self->wait_sightings($$seen + $n);
    my @new = @all[ $$seen .. $#all ];
    $$seen = @all;
    return @new;
}

# A message of the event MPM when it is stopped: close_worker_sockets() of the thread
# that stops a child closes the sockets of connections that workers are processing, and a worker
# that then releases one, because its client is closing or to wait for its next request, cannot
# add it to the pollset. On a busy machine a worker is in that state long after its answer was sent.
my $CHILD_ENDS = qr/mpm_event:error\] AH0309(?:2: process_lingering_close|3: process_socket: apr_pollset_add failure for keep alive)/;

# Likewise, in the same moment: a connection that lingers is closed a second time.
my $CLOSED_TWICE = qr/mpm_event:error\] AH00468: error closing socket/;

# A message of mod_ssl if libssl is older than the one that it was built with.
my $OLDER_LIBSSL = qr/ssl:warn\] AH01882: /;

# Every unexpected line of the error log with level warn or above.
sub complaints {
    my ($self, @expected) = @_;
    my @lines = grep { /:(warn|error|crit|alert|emerg)\]/ || !/^\[.*?\] \[\w*:\w+\]/ }
        split(/\n/, $self->error_log);
    for my $e (@expected, $CHILD_ENDS, $OLDER_LIBSSL, @{ $self->{tolerates} || [] }) { @lines = grep { $_ !~ $e } @lines }
    return @lines;
}

# Stops the server and asserts that its error log is clean, apart from
# the patterns given, each of which must have occurred.
sub finish_ok {
    my ($self, @expected) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = length $self->error_log;
    $self->stop;
    my @bad = grep { !/$CLOSED_TWICE/ || index($self->error_log, $_, $before) < 0 } $self->complaints(@expected);
    ok(!@bad, 'the error log is clean') or diag(join "\n", @bad);
    for my $e (@expected) { like($self->error_log, $e, "the error log has the expected message") }
}

1;
