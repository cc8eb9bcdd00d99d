# The ledger under load: its totals are what the clients sent, over HTTP/1 and HTTP/2, with a graceful
# restart while requests are under way and a child that is killed.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask connect_to json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my ($h2load) = grep { -x } map {"$_/h2load"} split(/:/, $ENV{PATH});
plan skip_all => 'h2load is not installed' unless $h2load;

my $conf = <<'CONF';
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
Protocols h2 http/1.1
MaxKeepAliveRequests 0
Timeout 20000
KeepAliveTimeout 20000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule strict>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule refused>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-06-01T00:00Z
</TlsGateSchedule>
# httpd wakes its children with requests to itself, which are in it as well.
LogFormat "%{SSL_PROTOCOL}x %s %U \"%{User-Agent}i\"" short
CustomLog logs/access short
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:@tls@>
    ServerName localhost
    SSLEngine on
    TlsGate legacy
    <Location /strict>
        TlsGate legacy strict
    </Location>
    <Location /dry>
        TlsGate strict report-only
    </Location>
    LimitRequestFieldSize 1000
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName refused.example.com
    SSLEngine on
    TlsGate refused
</VirtualHost>
CONF

my $h;
sub note_down { my ($name, $what) = @_; open(my $f, '>>', $h->dir . "/run/$name.load") or die "$name: $!"; syswrite($f, $what) }
sub noted { my ($name) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/$name.load") }
sub counted { my ($name) = @_; my $sum = 0; $sum += $_ for noted($name) =~ /(\d+)/g; return $sum }

# Each adds to its file how many answers of one status it got. A connection may end with the restart.
sub asks { my ($n, $status, %o) = @_; my $got = 0; while ($got < $n) { my $r = ask(port => $h->port, %o) or next; die "status $r->{status}\n" if $r->{status} != $status; $got++; note_down($o{name}, "1\n") } }
sub h2load { my ($name, @how) = @_; for (1 .. 3) { my $text = qx(timeout 120 $h2load @how -n 400 -c 5 -t 1 https://localhost:@{[$h->port]}/index.html 2>&1); note_down($name, ($text =~ /^status codes: (\d+) 2xx/m)[0] . "\n") } }
my %CLIENTS = (
    modern_h1 => sub { h2load('modern_h1', '--h1') },
    modern_h2 => sub { h2load('modern_h2', '-m', 4) },
    old_warned => sub { asks(20, 200, tls => 'TLSv1', path => '/index.html', name => 'old_warned') },
    old_rejected => sub { asks(20, 426, tls => 'TLSv1', path => '/strict', name => 'old_rejected') },
    old_dry => sub { asks(15, 404, tls => 'TLSv1', path => '/dry', name => 'old_dry') },
    old_kept => sub { while (counted('old_kept') < 60) { my $s = connect_to(port => $h->port, tls => 'TLSv1.1') or next; while (counted('old_kept') < 60) { my $r = ask(on => $s, path => '/index.html') or last; note_down('old_kept', "1\n") } } },
    modern_errors => sub { asks(15, 400, tls => 'TLSv1.3', headers => ['X-Long: ' . 'x' x 2000], name => 'modern_errors') },
    plain => sub { asks(10, 404, port => $h->port('plain'), path => '/nothing', name => 'plain') },
);

sub start_client {
    my ($name) = @_;
    my $pid = fork() // die "fork: $!";
    return $pid if $pid;
    $SIG{PIPE} = 'IGNORE';
    my $ok = eval { $CLIENTS{$name}->(); 1 };
    note_down('failed', "$name: $@") unless $ok;
    POSIX::_exit(0);
}

sub status { my $r = ask(port => $h->port, tls => 'TLSv1.3', path => '/status?format=json'); return $r && $r->{status} == 200 ? json_of($r) : {} }
# The requests of the access log, but for those to the page and of httpd to itself: an independent count.
sub access {
    my %n;
    for (TlsGate::Httpd::slurp($h->dir . '/logs/access') =~ /^(.*)\n/mg) { my ($protocol) = /^(\S+)/; $n{ $protocol eq '-' ? 'cleartext' : $protocol }++ unless m{ /status "| \(internal dummy connection\)"} }
    return \%n;
}
sub by_protocol { my ($counts) = @_; return { map { my $f = $counts->{$_}; my $sum = 0; $sum += $f->{$_} for grep { $_ ne 'refuse' } keys %$f; $sum ? ($_ => $sum) : () } keys %$counts } }
sub children { return split(/\s+/, TlsGate::Httpd::slurp("/proc/$h->{pid}/task/$h->{pid}/children")) }

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        my $has_h2 = $mpm ne 'prefork';
        # mod_http2 logs this when a client leaves before it has closed a stream.
        $h = TlsGate::Httpd->new(mpm => $mpm, clock => '2018-07-10T09:02:00Z', modules => [$has_h2 ? 'http2' : ()], conf => $conf,
            tolerates => [qr/http2:warn\] h2_stream\(\S+,CLEANUP\): /, qr/AH00052: child pid \d+ exit signal Killed/, qr/AH00484: server reached MaxRequestWorkers/])->start;
        my @names = grep { $has_h2 || $_ ne 'modern_h2' } sort keys %CLIENTS;
        my @pids = map { start_client($_) } @names;
        ok($h->wait_until(sub { counted('old_kept') >= 5 && counted('old_warned') >= 2 && counted('modern_h1') > 0 }), "$mpm: the load has begun");
        ok($h->graceful, "$mpm: a graceful restart meanwhile");
        waitpid($_, 0) for @pids;
        is(noted('failed'), '', "$mpm: no client failed");

        # A killed child takes nothing along that it counted.
        my %answers = map { $_ => counted($_) } @names;
        my $all = sub { my %sum = %answers; return {
            cleartext => { none => $sum{plain} },
            TLSv1     => { warn => $sum{old_warned}, reject => $sum{old_rejected}, 'would-reject' => $sum{old_dry} },
            'TLSv1.1' => { warn => $sum{old_kept} },
            'TLSv1.3' => { none => $sum{modern_h1} + ($sum{modern_h2} // 0) + $sum{modern_errors} } } };
        ok($h->wait_until(sub { my $s = status(); $s->{requests} && eq_hash($s->{requests}{totals}, $all->()) }), "$mpm: the totals are what the clients sent")
            or diag(explain({ answers => \%answers, totals => status()->{requests}{totals} }));
        my @before = children();
        kill KILL => $before[0];
        ok($h->wait_until(sub { !grep { $_ == $before[0] } children() }), "$mpm: a child is killed");
        ok($h->wait_until(sub { eq_hash(status()->{requests}{totals} // {}, $all->()) }), "$mpm: the totals stay");
        asks(5, 200, tls => 'TLSv1.2', path => '/index.html', name => 'after');
        ok($h->wait_until(sub { eq_hash(status()->{requests}{totals} // {}, { %{ $all->() }, 'TLSv1.2' => { none => 5 } }) }), "$mpm: and grow");
        my $s = status();
        is_deeply(by_protocol($s->{requests}{totals}), access(), "$mpm: as many as in the access log");

        my ($legacy, $strict, $refused) = map { my $name = $_; my ($found) = grep { $_->{name} eq $name } @{ $s->{schedules} }; $found->{requests}{totals} } qw(legacy strict refused);
        is_deeply($legacy->{TLSv1}, { warn => $answers{old_warned} + $answers{old_rejected}, none => $answers{old_dry} }, "$mpm: one schedule: what it says itself, of all that came to its hosts");
        is_deeply($strict->{TLSv1}, { reject => $answers{old_rejected}, 'would-reject' => $answers{old_dry}, none => $answers{old_warned} }, "$mpm: another one");
        is_deeply($strict->{'TLSv1.1'}, { none => $answers{old_kept} }, "$mpm: what it does not deprecate");
        is($strict->{cleartext}, undef, "$mpm: and nothing of other hosts");
        is_deeply($refused, {}, "$mpm: a host that nobody came to");

        my $refusals = 3;
        is(told(shake(port => $h->port, legacy => 'TLSv1', sni => 'refused.example.com')), 'alert 70', "$mpm: a handshake is refused") for 1 .. $refusals;
        ok($h->wait_until(sub { my $t = status(); ($t->{requests}{totals}{TLSv1}{refuse} // 0) == $refusals }), "$mpm: and counted");
        is_deeply(status()->{failed_handshakes}, [{ alert => 70, name => 'protocol_version', handshakes => $refusals }], "$mpm: by its alert");
        $h->finish_ok;
    }
}
done_testing;
