# A real ClickHouse for one test: Debian's server with its own folder and ports, and the table of conf/clickhouse. Or
# a current engine, chdb of npm, which t/lib/chdb.js lets answer like a server.
package TlsGate::ClickHouse;

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);
use TlsGate::Etcd;
use TlsGate::Httpd;

# The reason why it is not available here, or undef.
sub missing {
    my ($engine) = @_;
    if (($engine // '') eq 'chdb') {
        return -d chdb() ? undef : 'chdb of npm is not installed';
    }
    for my $program (qw(clickhouse-server curl)) { return "$program is not installed" unless TlsGate::Etcd::in_path($program) }
    return;
}

sub chdb { return ($ENV{BUILD} || 'build') . '/npm/node_modules/chdb' }

# Options: engine ('chdb'), password (of the user `reader`, who may only read), memory (bytes of a query).
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('tlsgate-clickhouse-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { %o, dir => $dir, port => TlsGate::Httpd::free_port(), owner => $$ }, $class;
    ($o{engine} // '') eq 'chdb' ? $self->_run('node', 't/lib/chdb.js', chdb(), $self->{port}) : $self->start;
    $self->create;
    return $self;
}

sub dir { $_[0]{dir} }
sub port { $_[0]{port} }
sub url { my ($self, %o) = @_; return 'clickhouse://' . ($o{user} ? "$o{user}\@" : '') . "127.0.0.1:$self->{port}/tlsgate" }

# Starts the server, with the data that it has. It has little memory and two threads.
sub start {
    my ($self) = @_;
    my ($dir, $tcp, $internal) = ($self->{dir}, map { TlsGate::Httpd::free_port() } 1, 2);
    my $reader = $self->{password} ? "<reader><password>$self->{password}</password><networks><ip>127.0.0.1</ip></networks>"
        . '<profile>readonly</profile><quota>default</quota></reader>' : '';
    open(my $config, '>', "$dir/config.xml") or die "$dir: $!";
    print $config "<yandex><logger><level>error</level><log>$dir/log</log><errorlog>$dir/errors</errorlog></logger>"
        . "<http_port>$self->{port}</http_port><tcp_port>$tcp</tcp_port><interserver_http_port>$internal</interserver_http_port>"
        . "<listen_host>127.0.0.1</listen_host><path>$dir/data/</path><tmp_path>$dir/tmp/</tmp_path>"
        . '<mark_cache_size>16777216</mark_cache_size><users_config>users.xml</users_config>'
        . '<default_profile>default</default_profile><default_database>default</default_database></yandex>';
    close $config;
    open(my $users, '>', "$dir/users.xml") or die "$dir: $!";
    print $users '<yandex><profiles><default><max_memory_usage>' . ($self->{memory} // 500_000_000) . '</max_memory_usage><max_threads>2</max_threads></default>'
        . '<readonly><readonly>1</readonly></readonly></profiles>'
        . "<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>"
        . "<quota>default</quota></default>$reader</users><quotas><default></default></quotas></yandex>";
    close $users;
    return $self->_run(TlsGate::Etcd::in_path('clickhouse-server'), "--config-file=$dir/config.xml");
}

sub _run {
    my ($self, @command) = @_;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>>', "$self->{dir}/output");
        open(STDERR, '>&', \*STDOUT);
        delete $ENV{LD_PRELOAD};
        setpgrp(0, 0);
        # It does not outlive a test that was killed.
        { exec((map { ($_, '--pdeathsig', 'KILL') } TlsGate::Etcd::in_path('setpriv') || ()), @command) }
        POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    my $until = time + 120;
    until (eval { $self->ask('SELECT 1') eq "1\n" }) {
        die 'ClickHouse has ended: ' . TlsGate::Httpd::slurp("$self->{dir}/output") if waitpid($pid, WNOHANG) == $pid;
        die "ClickHouse does not answer\n" if time > $until;
        sleep 0.05;
    }
    return $self;
}

# 1 if it still runs: what it is asked can end it.
sub is_alive { my ($self) = @_; return waitpid($self->{pid}, WNOHANG) == 0 }

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

sub DESTROY { my ($self) = @_; local $?; $self->stop if $self->{owner} == $$; return }

# One question; dies with what it has against it.
sub ask {
    my ($self, $sql, $database) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}", Timeout => 10) or die "connect: $!\n";
    print $socket "POST /?database=" . ($database // 'default') . " HTTP/1.0\r\nContent-Length: " . length($sql) . "\r\n\r\n$sql";
    my $answer = do { local $/; <$socket> } // '';
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    die(($body // $answer) . "\n") unless ($head // '') =~ m{^HTTP/1\.\d 200};
    return $body;
}

# The database with its tables, as the documents have them made.
sub create {
    my ($self) = @_;
    $self->ask($_) for 'DROP DATABASE IF EXISTS tlsgate', 'CREATE DATABASE tlsgate';
    $self->make_tables;
    return;
}

# Runs conf/clickhouse/tlsgate.sql.
sub make_tables {
    my ($self) = @_;
    my $sql = TlsGate::Httpd::slurp('conf/clickhouse/tlsgate.sql') =~ s/^\s*--.*\n//mgr;
    $self->ask($_, 'tlsgate') for grep { /\S/ } split /;\s*(?:\n|\z)/, $sql;
    return;
}

# Inserts a log as a shipper does.
sub load {
    my ($self, $log) = @_;
    my ($rows, $position) = ('', 0);
    open(my $in, '<:raw', $log) or die "$log: $!";
    while (my $line = <$in>) {
        my $length = length $line;
        chomp $line;
        $line =~ s/(["\\])/\\$1/g;
        $line =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
        $rows .= qq({"text":"$line","machine":"here","log":"$log","position":$position}\n);
        $position += $length;
    }
    $self->ask("INSERT INTO tlsgate_lines FORMAT JSONEachRow\n$rows", 'tlsgate');
    return;
}

1;
