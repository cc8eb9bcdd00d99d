# The TLS stacks of customers: OpenSSL, GnuTLS, NSS, Go, Java and node-forge, each as a
# real client pinned to one version, with one interface. Only the HTTP answer
# counts, never a client's own report of its handshake.
package TlsGate::Stacks;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(basename dirname);
use POSIX ();
use Test::More ();
use TlsGate::Client;
use TlsGate::Hello;
use TlsGate::Httpd;
use TlsGate::Kept;

our @EXPORT_OK = qw(stacks versions ask ask_at answers_at all_get hello_of imf_date);

my $BUILD = $ENV{BUILD} || 'build';
my $CLIENTS = dirname(__FILE__) . '/../../clients';

# In seconds, for one client: only ends a test that hangs, however busy the machine.
my $PATIENCE = 300;

# Every version in httpd's spelling, and in that of each stack. Old customers have
# no crypto policy of this system, so it is switched off.
my @VERSIONS = qw(TLSv1 TLSv1.1 TLSv1.2 TLSv1.3);

# `command` runs one program for each connection, `kept` one for all of them.
my @STACKS = (
    {
        name     => 'OpenSSL',
        program  => sub { in_path('openssl') },
        versions => { 'TLSv1' => '-tls1', 'TLSv1.1' => '-tls1_1', 'TLSv1.2' => '-tls1_2', 'TLSv1.3' => '-tls1_3' },
        # Without the system's authorities: loading them takes ten times as long as the handshake.
        env      => { OPENSSL_CONF => '/dev/null', SSL_CERT_FILE => '/dev/null', SSL_CERT_DIR => '/dev/null' },
        command  => sub {
            my ($program, $version, $o) = @_;
            return ($program, 's_client', '-quiet', '-connect', "127.0.0.1:$o->{port}", $version,
                '-servername', $o->{sni}, '-cipher', 'DEFAULT:@SECLEVEL=0');
        },
    },
    {
        name     => 'GnuTLS',
        program  => sub { in_path('gnutls-cli') },
        versions => { 'TLSv1' => 'TLS1.0', 'TLSv1.1' => 'TLS1.1', 'TLSv1.2' => 'TLS1.2', 'TLSv1.3' => 'TLS1.3' },
        env      => { GNUTLS_SYSTEM_PRIORITY_FILE => '/dev/null' },
        command  => sub {
            my ($program, $version, $o) = @_;
            return ($program, '--insecure', '--logfile=/dev/null', "--sni-hostname=$o->{sni}",
                "--priority=NORMAL:-VERS-ALL:+VERS-$version:%COMPAT", "--port=$o->{port}", '127.0.0.1');
        },
    },
    {
        name     => 'NSS',
        program  => sub { in_path('tstclnt') },
        versions => { 'TLSv1' => 'tls1.0', 'TLSv1.1' => 'tls1.1', 'TLSv1.2' => 'tls1.2', 'TLSv1.3' => 'tls1.3' },
        env      => { NSS_IGNORE_SYSTEM_POLICY => 1 },
        command  => sub {
            my ($program, $version, $o) = @_;
            return ($program, '-h', '127.0.0.1', '-p', $o->{port}, '-a', $o->{sni}, '-D', '-o',
                '-V', "$version:$version");
        },
    },
    {
        name     => 'Go',
        program  => sub { go_client() },
        versions => { map { ($_ => $_) } @VERSIONS },
        env      => {},
        command  => sub {
            my ($program, $version, $o) = @_;
            return ($program, "127.0.0.1:$o->{port}", $o->{sni}, $version);
        },
    },
    {
        name     => 'Java',
        program  => sub { java_client() },
        versions => { map { ($_ => $_) } @VERSIONS },
        env      => {},
        kept     => sub { my ($program) = @_; return ($program, '-XX:TieredStopAtLevel=1', '-cp', java_classes(), 'JavaClient') },
    },
    {
        name     => 'node-forge',
        program  => sub { node_with_forge() },
        versions => { map { ($_ => $_) } qw(TLSv1 TLSv1.1) },
        env      => { NODE_PATH => "$BUILD/npm/node_modules" },
        kept     => sub { my ($program) = @_; return ($program, "$CLIENTS/forge_client.js") },
    },
);

# --- installed programs -------------------------------------------------------

sub in_path {
    my ($name) = @_;
    my ($found) = grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}), '/usr/lib64/nss/unsupported-tools';
    return $found;
}

# Built from the sources in t/clients, without a network; undef without Go.
sub go_client {
    my $go     = in_path('go') or return;
    my $source = "$CLIENTS/go_client.go";
    my $dir    = TlsGate::Httpd::abs_dir("$BUILD/test");
    my $client = "$dir/go_client";
    return $client if -x $client && -M $client <= -M $source;
    my %env = (%ENV, GO111MODULE => 'off', GOFLAGS => '', GOPROXY => 'off', GOCACHE => "$dir/go-cache");
    local %ENV = %env;
    system($go, 'build', '-o', "$client.$$", $source) == 0 or die "go build failed\n";
    rename("$client.$$", $client) or die "$client: $!\n";
    return $client;
}

sub java_classes { return TlsGate::Httpd::abs_dir("$BUILD/test/java") }

# Compiled once, since that takes longer than any test; undef without Java.
# The class whose age is checked comes last.
sub java_client {
    my $java   = in_path('java') or return;
    my $source = "$CLIENTS/JavaClient.java";
    my $dir    = java_classes();
    return $java if -e "$dir/JavaClient.class" && -M "$dir/JavaClient.class" <= -M $source;
    my $javac = in_path('javac') or return;
    system($javac, '-d', "$dir/$$", $source) == 0 or die "javac failed\n";
    for my $class (sort { $b =~ /\$/ <=> $a =~ /\$/ } glob("$dir/$$/*.class")) {
        rename($class, "$dir/" . basename($class)) or die "$class: $!\n";
    }
    rmdir "$dir/$$";
    return $java;
}

# undef without Node.js, or if it does not find node-forge.
sub node_with_forge {
    my $node = in_path('node') or return;
    local $ENV{NODE_PATH} = "$BUILD/npm/node_modules";
    return system("$node -e 'require.resolve(\"node-forge\")' 2>/dev/null") == 0 ? $node : undef;
}

# All stacks of the table; `path` is the client, undef where it is not installed.
sub stacks {
    $_->{path} //= $_->{program}->() for @STACKS;
    return @STACKS;
}

sub versions { return @VERSIONS }

# --- one request --------------------------------------------------------------

# Sends one request. Options: port, version (httpd's spelling), sni, path, method, headers
# (list of lines), body. Returns { status, reason, headers, lines, body } as TlsGate::Client
# does, or undef if no HTTP answer came.
sub ask {
    my ($stack, %o) = @_;
    my %q = (path => '/', method => 'GET', headers => [], %o, sni => $o{sni} // 'localhost');
    my $request = join("\r\n", "$q{method} $q{path} HTTP/1.1", "Host: $q{sni}", 'Connection: close',
        @{ $q{headers} }, (defined $q{body} ? 'Content-Length: ' . length $q{body} : ()), '', '') . ($q{body} // '');
    return patiently($stack, sub {
        return converse($stack, [command_of($stack, %q)], $request, $q{method}) if $stack->{command};
        my $kept = kept_of($stack);
        $kept->send($q{port}, $q{sni}, version_of($stack, $q{version}), $request);
        my $received = $kept->received;
        open(my $out, '<', \$received) or die "cannot open an in-memory file: $!\n";
        return TlsGate::Client::read_response($out, $q{method});
    });
}

sub version_of { my ($stack, $version) = @_; return $stack->{versions}{$version} // die "$stack->{name} has no $version\n" }

# The command of a client. Options: port, version, sni.
sub command_of {
    my ($stack, %o) = @_;
    return $stack->{command}->($stack->{path}, version_of($stack, $o{version}), { %o, sni => $o{sni} // 'localhost' });
}

sub kept_of {
    my ($stack) = @_;
    return TlsGate::Kept::of(name => $stack->{name}, command => [$stack->{kept}->($stack->{path})], env => $stack->{env});
}

# The hello that a client sends, as TlsGate::Hello has it. Options: version, sni.
sub hello_of {
    my ($stack, %o) = @_;
    my $listener = TlsGate::Hello::listener();
    return TlsGate::Hello::catch_hello($listener, [command_of($stack, %o, port => $listener->sockport)],
        $stack->{env}) if $stack->{command};
    return patiently($stack, sub {
        my $kept = kept_of($stack);
        $kept->send($listener->sockport, $o{sni} // 'localhost', version_of($stack, $o{version}), '');
        my $hello = TlsGate::Hello::sniffed($listener);
        $kept->received;
        return $hello;
    });
}

sub patiently {
    my ($stack, $run) = @_;
    local $SIG{ALRM} = sub { die "no answer within $PATIENCE seconds\n" };
    alarm $PATIENCE;
    my $result  = eval { $run->() };
    my $problem = $@;
    alarm 0;
    return $result unless $problem;
    kept_of($stack)->end if $stack->{kept};
    die "$stack->{name}: $problem";
}

# The standard input of a client stays open until the answer has arrived: some clients
# leave when it ends.
sub converse {
    my ($stack, $command, $request, $method) = @_;
    pipe(my $their_in, my $in)   or die "pipe: $!";
    pipe(my $out, my $their_out) or die "pipe: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open(STDIN,  '<&', $their_in);
        open(STDOUT, '>&', $their_out);
        open(STDERR, '>', '/dev/null');
        %ENV = (%ENV, %{ $stack->{env} });
        { exec @$command }
        POSIX::_exit(127);
    }
    close $their_in;
    close $their_out;
    local $SIG{PIPE} = 'IGNORE';
    my $response = eval {
        syswrite($in, $request);
        TlsGate::Client::read_response($out, $method);
    };
    my $problem = $@;
    close $in;
    close $out;
    kill TERM => $pid;
    waitpid($pid, 0);
    die $problem if $problem;
    return $response;
}

# --- one request at one second ------------------------------------------------

# An instant as HTTP writes it, computed independently of the module.
sub imf_date {
    my ($instant) = @_;
    my ($s, $m, $h, $day, $month, $year, $weekday) = gmtime(TlsGate::Httpd::epoch($instant));
    return sprintf('%s, %02d %s %04d %02d:%02d:%02d GMT', (qw(Sun Mon Tue Wed Thu Fri Sat))[$weekday],
        $day, (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$month], $year + 1900, $h, $m, $s);
}

# Sends a request at that second of the server's clock, which is stopped, however long a client
# takes. Date is the second by which the server decided.
sub ask_at {
    my ($httpd, $instant, $stack, %o) = @_;
    $httpd->stop_clock($instant);
    my $r = ask($stack, %o);
    my $date = $r ? $r->{headers}{date} // 'no date' : imf_date($instant);
    die "$stack->{name}: the answer of $instant has $date\n" if $date ne imf_date($instant);
    return $r;
}

# The answers to one stack over each of its versions, at that second: a hash from
# version to status. The server must name the negotiated version in X-Spoken;
# a status over another one, or no answer, is reported instead of the status.
sub answers_at {
    my ($httpd, $instant, $stack, %o) = @_;
    my %answers;
    for my $version (grep { $stack->{versions}{$_} } @VERSIONS) {
        my $r = ask_at($httpd, $instant, $stack, %o, version => $version);
        my $spoken = $r ? $r->{headers}{'x-spoken'} // 'nothing known' : '';
        $answers{$version} = !$r ? 'no answer' : $spoken eq $version ? $r->{status} : "$r->{status} over $spoken";
    }
    return \%answers;
}

# A test for every installed stack, over each of its versions, at one second: TLSv1 and TLSv1.1 get
# one status, TLSv1.2 and TLSv1.3 the other.
sub all_get {
    my ($h, $instant, $old, $new, $what, %o) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %status = ('TLSv1' => $old, 'TLSv1.1' => $old, 'TLSv1.2' => $new, 'TLSv1.3' => $new);
    for my $stack (grep { $_->{path} } stacks()) {
        my $got = answers_at($h, $instant, $stack, port => $h->port('tls'), %o);
        my %expected = map { ($_ => $status{$_}) } keys %{ $stack->{versions} };
        Test::More::is_deeply($got, \%expected, "$instant $stack->{name}: $what") or Test::More::diag(Test::More::explain($got));
    }
}

1;
