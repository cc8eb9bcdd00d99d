# One server, one process, under callgrind: what a connection cost, in instructions.
#
# Callgrind counts only inside the functions given as `toggle`, and writes and clears
# its counters whenever the function `dump` returns, which is once per connection.
package Callgrind;

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

use TlsGate::Client qw(connect_to ask);
use TlsGate::Httpd;

# Options: command (list), env (hash), port, toggle (list), dump; client options tls, sni.
sub start {
    my ($class, %o) = @_;
    my $dir = tempdir('tlsgate-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0777, $dir;    # the server may have dropped root before it writes
    my $self = bless { seen => 0, %o, dir => $dir }, $class;
    my @valgrind = ('valgrind', '--tool=callgrind', '--vgdb=no', '--quiet', '--collect-atstart=no',
        "--callgrind-out-file=$dir/out", "--dump-after=$o{dump}",
        map { "--toggle-collect=$_" } @{ $o{toggle} });
    $self->{pid} = fork() // die "fork: $!";
    if (!$self->{pid}) {
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>', "$dir/stdout");
        open(STDERR, '>&', \*STDOUT);
        %ENV = %{ $o{env} } if $o{env};
        { exec @valgrind, @{ $o{command} } }
        POSIX::_exit(127);
    }
    $self->_until(60, 'it does not listen', sub {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $o{port});
    });
    $self->_next_dump;    # that of the request above
    return $self;
}

sub _until {
    my ($self, $seconds, $complaint, $condition) = @_;
    my $deadline = time + $seconds;
    while (1) {
        my $r = $condition->();
        return $r if $r;
        if (waitpid($self->{pid}, WNOHANG) == $self->{pid}) { delete $self->{pid}; $self->_die('it ended') }
        $self->_die($complaint) if time > $deadline;
        sleep 0.05;
    }
}

sub _die {
    my ($self, $why) = @_;
    die "bench: $self->{command}[0]: $why\n" . TlsGate::Httpd::slurp("$self->{dir}/stdout");
}

# The file of the next dump, complete.
sub _next_dump {
    my ($self) = @_;
    my $file = "$self->{dir}/out." . ++$self->{seen};
    $self->_until(60, "no profile $self->{seen}: is $self->{dump} among its symbols?", sub { TlsGate::Httpd::slurp($file) =~ /^totals:/m });
    return $file;
}

# One connection with that many requests. Returns the file of its profile. Every answer must be
# the expected one, or the numbers would be about something else.
sub profile {
    my ($self, $requests, $status, $close, $path) = @_;
    my $s = connect_to(port => $self->{port}, tls => $self->{tls}, sni => $self->{sni}) or $self->_die('no connection');
    for (1 .. $requests) {
        my $r = ask(on => $s, sni => $self->{sni}, path => $path || "/index.html", headers => [ 'User-Agent: bench/1.0', 'Accept: */*',
            $close ? 'Connection: close' : () ]);
        $self->_die('status ' . ($r && $r->{status} // 'none') . " instead of $status")
            unless $r && ($r->{status} // 0) == $status;
        $self->{answer} = $r;
    }
    close $s;
    return $self->_next_dump;
}

sub total { my ($file) = @_; return (TlsGate::Httpd::slurp($file) =~ /^totals: (\d+)/m)[0] }

# Instructions of one function with all that it calls; 0 if it never ran.
sub inclusive {
    my ($file, $function) = @_;
    my ($line) = grep { /[:\s]\Q$function\E[\s\[]/ }
        `callgrind_annotate --inclusive=yes --threshold=100 --auto=no $file 2>/dev/null`;
    return 0 unless defined $line;
    my ($n) = $line =~ /^\s*([\d,]+)/;
    return $n =~ tr/,//dr;
}

# What a function costs with what it calls, but for callees without a symbol, such as those that a
# distribution strips from libssl.
sub beside_stripped {
    my ($file, $function) = @_;
    my (%name, $in, $callee, $sum);
    for (split(/\n/, TlsGate::Httpd::slurp($file))) {
        if (/^(c?)fn=\((\d+)\)(?: (.*))?/) {
            $name{$2} = $3 if defined $3;
            if ($1) { $callee = $name{$2} } else { $in = $name{$2} =~ /^\Q$function\E(?:'|$)/ }
        }
        elsif (/^calls=/) { $callee = "called $callee" }
        elsif ($in && /^[+*\-\d]\S* (\d+)/) {
            $sum += $1 unless ($callee // '') =~ /^called (?:0x|ssl_security_default)/;
            $callee = undef;
        }
    }
    return $sum // 0;
}

# A total without glibc's string functions and malloc(): what they cost changes by a hundred and more
# with how strings happen to be aligned and what was freed before, also where nothing else differs.
sub net {
    my ($file) = @_;
    my $sum = total($file);
    for (`callgrind_annotate --inclusive=no --threshold=100 --auto=no $file 2>/dev/null`) {
        $sum -= $1 =~ tr/,//dr if m{^\s*([\d,]+) +\([ \d.]+%\)  \./(?:string|malloc)/};
    }
    return $sum;
}

# Instructions of the module, and of the loops over the hooks that it adds to: where threads wait
# for each other, all else wanders.
sub own {
    my ($file) = @_;
    my $sum = 0;
    for (`callgrind_annotate --inclusive=no --threshold=100 --auto=no $file 2>/dev/null`) {
        next unless /^\s*([\d,]+) +\(.*(?:mod_tlsgate\.so\]|:ap_run_(?!mpm )\w+ \[)/;
        $sum += $1 =~ tr/,//dr;
    }
    return $sum;
}

# A connection whose handshake is refused. Returns the file of its profile.
sub refusal {
    my ($self) = @_;
    connect_to(port => $self->{port}, tls => $self->{tls}) and $self->_die('the handshake is not refused');
    return $self->_next_dump;
}

# Per request on a kept connection: the difference of two lengths.
sub per_request {
    my ($self, $status, $count) = @_;
    $self->profile(20, $status);    # caches fill, pools grow
    return $self->difference(sub { $self->profile($_[0], $status) }, $count);
}

# The difference of two lengths, of what \&total, \&net or \&own counts in the profiles of a function.
sub difference {
    my ($self, $profile, $count) = @_;
    my ($short, $long) = (20, 120);
    my ($a, $b) = map { ($count || \&total)->($profile->($_)) } $short, $long;
    $self->_die("nothing was counted: are its symbols gone? @{ $self->{toggle} }") unless $b > $a;
    return ($b - $a) / ($long - $short);
}

# Per request that ends its connection: the mean over some connections; and how much
# of it is encryption and decryption.
sub per_connection {
    my ($self, $status, $path) = @_;
    my $count = 10;
    $self->profile(1, $status, 1, $path) for 1 .. 2;
    my @files = map { $self->profile(1, $status, 1, $path) } 1 .. $count;
    my ($sum, $tls) = (0, 0);
    for my $file (@files) {
        $sum += total($file);
        $tls += inclusive($file, 'SSL_read') + inclusive($file, 'SSL_write');
    }
    return ($sum / $count, $tls / $count);
}

# The last answer of the server.
sub answer { return $_[0]{answer} }

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    my $deadline = time + 20;
    sleep 0.05 while waitpid($pid, WNOHANG) == 0 && time < $deadline;
    kill(KILL => $pid) && waitpid($pid, 0) if time >= $deadline;
}

sub DESTROY { local ($?, $!, $@); $_[0]->stop }

1;
