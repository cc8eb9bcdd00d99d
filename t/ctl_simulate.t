# What `tlsgatectl simulate` says of a new client, and of one whose connection is open, is what a real
# client gets then: an alert, or a status.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Ctl qw(says);
use TlsGate::RawHello qw(shake told);

my @WHY = (qw(--reason because --by ops --yes));
my %AT = (
    before => '2018-07-01T00:00:00Z', trial => '2018-07-10T09:30:00Z', after => '2018-07-10T10:23:00Z',
    cutoff => '2018-08-08T12:00:00Z', refuse => '2018-11-05T12:00:00Z',
);

my $ctl = TlsGate::Ctl->new(modules => ['remoteip'], tolerates => [qr{AH10244: invalid URI path}], runs => 0, waits => 1, tls => 0, conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@first@
Listen 127.0.0.1:@plain@
SSLSessionCache shmcb:run/ssl_cache(512000)
SSLCipherSuite DEFAULT:@SECLEVEL=0
SSLProtocol all
KeepAliveTimeout 20000000
Timeout 20000000
TlsGateIdentity header:X-Account
<TlsGateSchedule legacy>
    TlsGateDeprecate SSLv3 TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z share=50%
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateStatus    cutoff 400
</TlsGateSchedule>
<TlsGateSchedule strict>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-06-15T00:00Z
</TlsGateSchedule>
<TlsGateSchedule web>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName a.example.com
    ServerAlias alias.example.org *.wild.example.org
    SSLEngine on
    TlsGate legacy
    <Location /strict>
        TlsGate legacy strict
    </Location>
    <Location /open>
        TlsGate off
    </Location>
    <Location /now>
        TlsGate legacy as=cutoff
    </Location>
    <Location /told>
        TlsGate legacy report-only
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName free.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName modern.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.1 +TLSv1.2 +TLSv1.3
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName level.example.com
    SSLEngine on
    SSLCipherSuite DEFAULT:@SECLEVEL=1
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName ciphers.example.com
    SSLEngine on
    SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@first@>
    ServerName level.example.com
    SSLEngine on
    SSLCipherSuite DEFAULT:@SECLEVEL=2
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@first@>
    ServerName ciphers.example.com
    SSLEngine on
    SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@plain@>
    ServerName plain.example.com
    TlsGate web
</VirtualHost>
CONF
my $h = $ctl->{httpd};
$h->stop_clock($AT{before});
$h->start;

sub headers { my ($client) = @_; return ($client // '') =~ /^account:(.*)/ ? ["X-Account: $1"] : [] }

my ($time, %seen) = ('');

# What a real one gets: `alert 70`, or a status.
sub real {
    my ($host, $path, $protocol, $client) = @_;
    my %plain = (path => $path, headers => headers($client), host => $host);
    return ask(%plain, port => $h->port('plain'))->{status} if $protocol eq 'cleartext';
    my $port = $h->port($host =~ s/^first-// ? 'first' : 'tls');
    my $shaken = told(shake(port => $port, legacy => $protocol, sni => $host));
    return $shaken =~ s/^alert (?:70|80)\z/alert 70 or 80/r if $shaken =~ /^alert/ && $host =~ /level/ && $time ne 'refuse';
    return $shaken if $shaken =~ /^alert/;
    return ask(%plain, port => $port, tls => $protocol, sni => $host)->{status};
}

# The same by what simulate says of it. Served is what the path has.
sub said {
    my ($what, $host, $path, $protocol, $client) = @_;
    $host .= ':' . $h->port($host =~ s/^first-// ? 'first' : $protocol eq 'cleartext' ? 'plain' : 'tls');
    my $document = $ctl->json_of($ctl->run('simulate', '--json', '--protocol', $protocol, '--host', $host, '--path', $path,
        $client ? ('--client', $client) : ()));
    my ($answer) = map { $_->{$what} } @{ $document->{answers} };
    return 'no answer' if @{ $document->{answers} } != 1;
    # OpenSSL 3.0 and 3.5 have different ones for the security level, so none is told there.
    return 'alert ' . ($answer->{alert} // ($host =~ /^level/ ? '70 or 80' : 'which?')) if $answer->{answer} =~ /^(?:refused|kept_out)$/;
    return $answer->{status} // ($path eq '/' ? 200 : 404);
}

# --- when, host, path, protocol, client
my @PATHS = qw(/ /strict /strict/x /open /now /told);
my @CASES = (
    (map { my $at = $_; map { my $path = $_; map { [$at, 'a.example.com', $path, $_] } qw(TLSv1 TLSv1.1) } @PATHS } qw(before after cutoff refuse)),
    (map { ['cutoff', 'a.example.com', $_, 'TLSv1'] } qw(/strict/../open /x/./../open/ /%6fpen /o%70en%2e //open//x /open/?q=/strict /open/.. /strict%20x /open?x /..open)),
    (map { my $at = $_; map { my $host = $_; map { [$at, $host, '/', $_] } qw(TLSv1 TLSv1.1) }
        qw(free.example.com modern.example.com level.example.com ciphers.example.com first-level.example.com first-ciphers.example.com) } qw(before cutoff refuse)),
    (map { ['cutoff', $_, '/', 'TLSv1'] } qw(alias.example.org x.wild.example.org ALIAS.example.org)),
    (map { ['trial', 'a.example.com', '/', 'TLSv1', "account:$_"] } 1 .. 6),
    (map { [$_, 'plain.example.com', '/', 'cleartext'] } qw(before cutoff)),
    (map { my $at = $_; map { [$at, $_, '/', 'SSLv3'] } qw(a.example.com modern.example.com) } qw(cutoff refuse)),
    (map { ['refuse', $_, '/', 'TLSv1.2'] } qw(a.example.com ciphers.example.com)),
);
sub check {
    my ($note, $at, @case) = @_;
    $h->stop_clock($AT{$at}) if $time ne $at;
    $time = $at;
    my $real = real(@case);
    is(said('new_client', @case), $real, "$note$at, " . join(' ', @case) . ": $real");
    $seen{$real}++;
}
check('', @$_) for @CASES;
is_deeply([sort keys %seen], ['200', '400', '403', '404', '426', 'alert 40', 'alert 70', 'alert 70 or 80'], 'among them is everything that can happen') or diag explain \%seen;

# --- what httpd answers by itself: path, status, the message
for (
    [ '/x%2fy',    404, qr/--path \/x%2fy: an encoded slash or NUL is in it; leave it out: httpd answers 404/ ],
    [ '/x%zz',     400, qr/--path \/x%zz: a # is in it, or a % that no two hex digits follow; write # as %23 and % as %25: httpd answers 400/ ],
    [ '/../x',     400, qr/--path \/\.\.\/x: a \.\. in it leads out of the root; leave it out: httpd answers 400/ ],
) {
    my ($path, $status, $message) = @$_;
    says($ctl->run('simulate', '--host', 'a.example.com', '--path', $path), 2, qr/^$/, $message, "--path $path");
    is(ask(port => $h->port, tls => 'TLSv1.2', sni => 'free.example.com', host => 'free.example.com', path => $path)->{status}, $status, "which httpd answers so");
}

# --- on a connection that was open before
for my $at (qw(before cutoff refuse)) {
    $h->stop_clock($AT{before});
    my %open = map { $_ => connect_to(port => $h->port, tls => 'TLSv1', sni => 'a.example.com') } qw(/ /now /told);
    $h->stop_clock($AT{$at});
    for my $path (sort keys %open) {
        my $real = ask(on => $open{$path}, path => $path, host => 'a.example.com')->{status};
        is(said('open_connection', 'a.example.com', $path, 'TLSv1'), $real, "an open connection, $at, $path: $real");
    }
}

# --- with changes by hand
$h->stop_clock($AT{cutoff});
$time = 'cutoff';
says($ctl->run(qw(exempt add legacy account:A-20 --until 2018-11-10T00:00Z), @WHY), 0, qr/^/, qr/done/, 'an account is exempt');
check('an account, ', $_->[0], 'a.example.com', @$_[1 .. $#$_]) for ['cutoff', '/', 'TLSv1', 'account:A-20'], ['cutoff', '/', 'TLSv1', 'account:B'], ['cutoff', '/strict', 'TLSv1', 'account:A-20'],
    ['refuse', '/', 'TLSv1', 'account:A-20'], ['refuse', '/', 'TLSv1', 'account:B'];
says($ctl->run(qw(exempt remove legacy account:A-20), @WHY), 0, qr/^/, qr/done/, 'not any more');
says($ctl->run(qw(exempt add legacy 127.0.0.1 --until 2018-11-10T00:00Z), @WHY), 0, qr/^/, qr/done/, 'an address is');
check('an address, ', $_->[0], 'a.example.com', @$_[1 .. $#$_]) for ['cutoff', '/', 'TLSv1', '127.0.0.1'], ['refuse', '/', 'TLSv1', '127.0.0.1'], ['refuse', '/strict', 'TLSv1', '127.0.0.1'];
says($ctl->run(qw(exempt remove legacy 127.0.0.1), @WHY), 0, qr/^/, qr/done/, 'not any more');
says($ctl->run(qw(suspend legacy --for P3D), @WHY), 0, qr/^/, qr/done/, 'suspended');
check('suspended, ', $_->[0], 'a.example.com', @$_[1 .. $#$_]) for ['refuse', '/', 'TLSv1'], ['refuse', '/strict', 'TLSv1'], ['refuse', '/now', 'TLSv1.1'];
$h->finish_ok(qr/TLSGATE0017/);
done_testing;
