# A real etcd for one test: one member or three, on free ports, with its own data. The
# members can be frozen, killed, restarted and wiped; with TLS and users if wanted.
package TlsGate::Etcd;

use strict;
use warnings;

use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);
use TlsGate::Clock;
use TlsGate::Httpd;

sub in_path { my ($name) = @_; return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/bin')[0] }

# The reason why etcd is not available here, or undef.
sub missing {
    for my $program (qw(etcd etcdctl)) { return "$program is not installed" unless in_path($program) }
    return;
}

# --- certificates

# An authority, a certificate of the server and one of a client, and another
# authority that signed nothing. Valid at every date that the tests set.
sub certificates {
    my ($dir) = @_;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    my $run = sub {
        my ($command) = @_;
        TlsGate::Clock::stopped_at('2009-01-01T00:00:00Z', sub { system("cd '$dir' && openssl $command 2>>openssl.log") }) == 0
            or die 'openssl: ' . TlsGate::Httpd::slurp("$dir/openssl.log");
    };
    open(my $conf, '>', "$dir/openssl.conf") or die "$dir: $!";
    print $conf "[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n",
        "[leaf]\nbasicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n";
    close $conf;
    my $key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -config openssl.conf';
    $run->("req -x509 $key -days 36500 -subj /CN=$_ -extensions ca -keyout $_.key -out $_.pem") for qw(ca other-ca);
    for my $name (qw(server client)) {
        $run->("req $key -subj /CN=$name -keyout $name.key -out $name.csr");
        $run->("x509 -req -in $name.csr -days 36500 -sha256 -CA ca.pem -CAkey ca.key -CAcreateserial "
            . "-extfile openssl.conf -extensions leaf -out $name.pem");
    }
}

# --- a cluster

# Options: members (1), tls (1: TLS; 'client': a client certificate is wanted too),
# arguments (additional ones for etcd), also (addresses to listen on, beside the loopback). Waits until it has a leader.
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('tlsgate-etcd-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { members => 1, arguments => [], %o, dir => $dir, owner => $$, born => 0 }, $class;
    certificates($dir) if $self->{tls};
    $self->{member} = [map { { name => "m$_", map { ($_ => TlsGate::Httpd::free_port()) } qw(port peer metrics) } } 1 .. $self->{members}];
    return $self->restart;
}

sub dir { $_[0]{dir} }
sub port { my ($self, $i) = @_; return $self->{member}[$i]{port} }
sub ports { my ($self) = @_; return map { $_->{port} } @{ $self->{member} } }
sub scheme { $_[0]{tls} ? 'https' : 'http' }
sub endpoints { my ($self) = @_; return join(',', map { $self->scheme . "://127.0.0.1:$_" } $self->ports) }

# The URL for --store. Parameters: those of the URL, and user, at (other ports than the members'), host.
sub url {
    my ($self, $key, %parameters) = @_;
    my $user = delete $parameters{user};
    my $at = delete $parameters{at} || [$self->ports];
    my $host = delete $parameters{host} || '127.0.0.1';
    my %all = ($self->{tls} ? (ca => "$self->{dir}/ca.pem") : (), %parameters);
    my $query = join('&', map { "$_=$all{$_}" } grep { defined $all{$_} } sort keys %all);
    return ($self->{tls} ? 'etcds' : 'etcd') . '://' . (defined $user ? "$user\@" : '')
        . join(',', map { "$host:$_" } @$at) . "/$key" . (length $query ? "?$query" : '');
}

# Passwords are hashed at the least cost: a dozen at once would take longer than a call may on a busy machine.
sub _command {
    my ($self, $m) = @_;
    my @peers = map { "$_->{name}=http://127.0.0.1:$_->{peer}" } @{ $self->{member} };
    my @tls = $self->{tls} ? ("--cert-file=$self->{dir}/server.pem", "--key-file=$self->{dir}/server.key",
        $self->{tls} eq 'client' ? ('--client-cert-auth', "--trusted-ca-file=$self->{dir}/ca.pem") : ()) : ();
    my ($client, $peer) = ($self->scheme . "://127.0.0.1:$m->{port}", "http://127.0.0.1:$m->{peer}");
    return ('--name', $m->{name}, '--data-dir', "$self->{dir}/$m->{name}.$self->{born}",
        '--listen-client-urls', join(',', $client, map { $self->scheme . "://$_:$m->{port}" } @{ $self->{also} || [] }), '--advertise-client-urls', $client,
        '--listen-peer-urls', $peer, '--initial-advertise-peer-urls', $peer,
        '--listen-metrics-urls', "http://127.0.0.1:$m->{metrics}", '--initial-cluster', join(',', @peers),
        '--initial-cluster-token', "test-$self->{owner}-$self->{born}", '--heartbeat-interval', 50, '--election-timeout', 500,
        '--bcrypt-cost', 4, '--logger', 'zap', '--log-outputs', 'stderr', @{ $self->{fsync} // [] }, @tls, @{ $self->{arguments} });
}

# No fsync: the data is not kept, and flushing it would slow down every other test.
sub _unsafe {
    my ($program) = @_;
    our $unsafe //= `'$program' --unsafe-no-fsync --version 2>&1` =~ /^etcd Version/m ? ['--unsafe-no-fsync'] : [];
    return $unsafe;
}

# Starts the member $i, with the data that it has.
sub start {
    my ($self, $i) = @_;
    my $m = $self->{member}[$i];
    my $program = in_path('etcd');
    $self->{fsync} = _unsafe($program);
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>>', "$self->{dir}/$m->{name}.log");
        open(STDERR, '>&', \*STDOUT);
        delete @ENV{ grep { /^ETCD_|^LD_PRELOAD$/ } keys %ENV };
        setpgrp(0, 0);
        # It does not outlive a test that was killed.
        { exec((map { ($_, '--pdeathsig', 'KILL') } in_path('setpriv') || ()), $program, $self->_command($m)) }
        POSIX::_exit(127);
    }
    $m->{pid} = $pid;
    return $self;
}

sub _health {
    my ($m) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $m->{metrics}, Timeout => 2) or return 0;
    print $s "GET /health HTTP/1.0\r\n\r\n";
    local $SIG{ALRM} = sub { die "late\n" };
    my $text = eval { alarm 5; local $/; my $t = <$s>; alarm 0; $t } // '';
    alarm 0;
    return $text =~ /"health":\s*"true"/;
}

# Waits until those members, or all that run, have a leader and answer.
sub wait_healthy {
    my ($self, @which) = @_;
    my $deadline = time + 60;
    for my $m (@which ? @{ $self->{member} }[@which] : grep { $_->{pid} && !$_->{stopped} } @{ $self->{member} }) {
        until (_health($m)) {
            die "etcd $m->{name} ended:\n" . $self->log($m) if !$m->{pid} || waitpid($m->{pid}, WNOHANG) == $m->{pid};
            die "etcd $m->{name} is not healthy:\n" . $self->log($m) if time > $deadline;
            sleep 0.03;
        }
    }
    return $self;
}

sub log { my ($self, $m) = @_; return join("\n", grep { defined } (reverse split(/\n/, TlsGate::Httpd::slurp("$self->{dir}/$m->{name}.log")))[0 .. 11]) }

sub _signal { my ($self, $i, $signal) = @_; my $pid = $self->{member}[$i]{pid}; CORE::kill($signal, $pid) if $pid; return $pid }

sub stop { my ($self, $i) = @_; $self->{member}[$i]{stopped} = 1; $self->_signal($i, 'STOP') }
sub cont { my ($self, $i) = @_; delete $self->{member}[$i]{stopped}; $self->_signal($i, 'CONT') }

# kill -9
sub kill {
    my ($self, @which) = @_;
    for my $i (@which ? @which : 0 .. $#{ $self->{member} }) {
        my $pid = $self->_signal($i, 'KILL') or next;
        waitpid($pid, 0);
        delete @{ $self->{member}[$i] }{qw(pid stopped)};
    }
}

# All of them, with the data that they have.
sub restart {
    my ($self) = @_;
    $self->kill;
    $self->start($_) for 0 .. $#{ $self->{member} };
    return $self->wait_healthy;
}

# Replaces it with a new, empty cluster.
sub wipe { my ($self) = @_; $self->kill; $self->{born}++; delete $self->{root}; return $self->restart }

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local ($?, $!, $@);
    $self->kill;
}

# --- its content

# Runs etcdctl with those arguments against the running members. Returns its output; dies if it fails.
sub ctl {
    my ($self, @arguments) = @_;
    my @tls = $self->{tls} ? ('--cacert', "$self->{dir}/ca.pem", $self->{tls} eq 'client'
        ? ('--cert', "$self->{dir}/client.pem", '--key', "$self->{dir}/client.key") : ()) : ();
    my @at = map { $self->scheme . "://127.0.0.1:$_->{port}" } grep { $_->{pid} && !$_->{stopped} } @{ $self->{member} };
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDIN, '<', $self->{in} // '/dev/null');
        open(STDERR, '>', "$self->{dir}/etcdctl.err");
        delete @ENV{ grep { /^ETCDCTL_|^LD_PRELOAD$/ } keys %ENV };
        $ENV{ETCDCTL_API} = 3;
        { exec in_path('etcdctl'), '--endpoints', join(',', @at), qw(--command-timeout=120s --dial-timeout=120s --keepalive-timeout=120s), ($self->{root} ? ('--user', $self->{root}) : ()), @tls, @arguments }
        POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out or die "etcdctl @arguments: " . TlsGate::Httpd::slurp("$self->{dir}/etcdctl.err");
    return $text;
}

# Any bytes, so not as an argument.
sub put {
    my ($self, $key, $value) = @_;
    return $self->ctl('put', '--', $key, '') if $value eq '';
    open(my $h, '>', "$self->{dir}/value") or die "$self->{dir}/value: $!";
    print $h $value;
    close $h;
    $self->{in} = "$self->{dir}/value";
    $self->ctl('put', '--', $key);
    delete $self->{in};
}
sub del { my ($self, $key) = @_; $self->ctl('del', $key) }

# Pairs of key and { value, revision, created, version }, sorted by key.
sub pairs {
    my ($self, $key, @more) = @_;
    my $json = JSON::PP->new->utf8->decode($self->ctl('get', $key, '-w', 'json', @more));
    return map { [decode_base64($_->{key}), { value => decode_base64($_->{value} // ''), revision => $_->{mod_revision},
        created => $_->{create_revision}, version => $_->{version} }] } @{ $json->{kvs} || [] };
}

# The value and the revision of a key; undef if it does not exist.
sub get { my ($self, $key) = @_; my ($pair) = $self->pairs($key); return $pair ? $pair->[1] : undef }

# The audit entries of tlsgatectl: { key, revision, lines }, oldest first.
sub audit {
    my ($self, $key) = @_;
    my $json = JSON::PP->new->utf8;
    return sort { $a->{revision} <=> $b->{revision} || $a->{key} cmp $b->{key} }
        map { { key => $_->[0], revision => $_->[1]{revision}, version => $_->[1]{version}, lines => [map { $json->decode($_) } split(/\n/, $_->[1]{value})] } }
        $self->pairs("$key.audit/", '--prefix');
}

sub revision { my ($self) = @_; return JSON::PP->new->decode($self->ctl('get', 'none', '-w', 'json'))->{header}{revision} }

# Compacts the history up to now.
sub compact { my ($self) = @_; my $at = $self->revision; $self->ctl('compaction', '--physical', $at); return $at }

# Enables authentication: only root, and that user below that prefix, have access.
sub auth_on {
    my ($self, $user, $password, $prefix) = @_;
    $self->ctl('user', 'add', 'root:of-the-test');
    $self->ctl('user', 'grant-role', 'root', 'root');
    $self->ctl('role', 'add', 'ops');
    $self->ctl('role', 'grant-permission', 'ops', '--prefix=true', 'readwrite', $prefix);
    $self->ctl('user', 'add', "$user:$password");
    $self->ctl('user', 'grant-role', $user, 'ops');
    $self->ctl('auth', 'enable');
    $self->{root} = 'root:of-the-test';
}

1;
