# A headless Chromium that is shown answers which a client got: it speaks DevTools over two pipes,
# and makes no connection of its own, since it has no TLS 1.0.
package TlsGate::Browser;
use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Select;
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use POSIX ();

use TlsGate::Etcd;
use TlsGate::Httpd;

my @PROGRAMS = qw(chromium-headless-shell chromium chromium-browser);
my $PATIENCE = 120; # only ends a test that hangs

sub program { return (grep { defined } map { TlsGate::Etcd::in_path($_) } @PROGRAMS)[0] }

# The axe-core of $(BUILD)/npm, or nothing.
sub axe { return TlsGate::Httpd::slurp(($ENV{BUILD} || 'build') . '/npm/node_modules/axe-core/axe.min.js') }

sub new {
    my ($class) = @_;
    my $program = program() or return;
    my $dir = tempdir(CLEANUP => 1);
    pipe(my $from_us, my $to) or die "pipe: $!";
    pipe(my $from, my $to_us) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        my ($in, $out) = (fileno $from_us, fileno $to_us);
        # Above the two numbers first, so that neither is closed by the other.
        my @high = map { my $fd = POSIX::dup($_); $fd = POSIX::dup($fd) while defined $fd && $fd < 5; $fd } $in, $out;
        POSIX::dup2($high[0], 3);
        POSIX::dup2($high[1], 4);
        open(STDIN,  '<', '/dev/null');
        open(STDOUT, '>', "$dir/out");
        open(STDERR, '>&', \*STDOUT);
        $^F = 4;
        { exec $program, '--headless', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
            '--hide-scrollbars', '--force-color-profile=srgb', "--user-data-dir=$dir/profile", 'about:blank' }
        POSIX::_exit(127);
    }
    close $from_us;
    close $to_us;
    binmode $_ for $to, $from;
    my $self = bless { pid => $pid, to => $to, from => $from, dir => $dir, id => 0, read => '', events => [] }, $class;
    my $target = $self->tell('Target.createTarget', { url => 'about:blank' })->{targetId};
    $self->{session} = $self->tell('Target.attachToTarget', { targetId => $target, flatten => JSON::PP::true })->{sessionId};
    $self->tell($_) for qw(Page.enable Runtime.enable Log.enable);
    $self->tell('Fetch.enable', { patterns => [ { urlPattern => '*' } ] });
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return unless $self->{pid};
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
}

# One command, and its result.
sub tell {
    my ($self, $method, $params) = @_;
    my $id = $self->_send($method, $params);
    while (1) {
        my $m = $self->_next("the answer to $method");
        if (!defined $m->{id}) { $self->_note($m); next }
        next if $m->{id} != $id;
        die "$method: $m->{error}{message}\n" if $m->{error};
        return $m->{result};
    }
}

# The same, whatever comes of it.
sub _send {
    my ($self, $method, $params) = @_;
    my $id = ++$self->{id};
    my %said = (id => $id, method => $method, params => $params // {});
    $said{sessionId} = $self->{session} if $self->{session};
    my $line = JSON::PP->new->utf8->encode(\%said) . "\0";
    local $SIG{PIPE} = 'IGNORE';
    while (length $line) {
        my $n = syswrite($self->{to}, $line) // die "the browser does not listen: $!\n";
        substr($line, 0, $n) = '';
    }
    return $id;
}

sub _next {
    my ($self, $what) = @_;
    my $end;
    while (($end = index($self->{read}, "\0")) < 0) {
        IO::Select->new($self->{from})->can_read($PATIENCE) or die "the browser gave no sign of life, waiting for $what\n";
        sysread($self->{from}, $self->{read}, 65536, length $self->{read})
            or die "the browser ended, waiting for $what: " . TlsGate::Httpd::slurp("$self->{dir}/out") . "\n";
    }
    my $message = substr($self->{read}, 0, $end + 1, '');
    chop $message;
    return JSON::PP->new->utf8->decode($message);
}

# Nothing that a page asks for beside itself is there.
sub _note {
    my ($self, $m) = @_;
    push @{ $self->{events} }, $m;
    $self->_send('Fetch.failRequest', { requestId => $m->{params}{requestId}, errorReason => 'Failed' })
        if $m->{method} eq 'Fetch.requestPaused' && $m->{params}{resourceType} ne 'Document';
    return;
}

# Waits for an event of that name.
sub _wait {
    my ($self, $method) = @_;
    while (1) {
        for my $i (0 .. $#{ $self->{events} }) {
            return (splice @{ $self->{events} }, $i, 1)->{params} if $self->{events}[$i]{method} eq $method;
        }
        my $m = $self->_next($method);
        $self->_note($m) unless defined $m->{id};
    }
}

# Shows a response of TlsGate::Client, as if it came from that URL. Options: width, height, scheme
# (light or dark).
sub show {
    my ($self, $r, %o) = @_;
    $self->{events} = [];
    $self->tell('Emulation.setDeviceMetricsOverride',
        { width => $o{width}, height => $o{height} // 900, deviceScaleFactor => 1, mobile => $o{width} < 600 ? JSON::PP::true : JSON::PP::false });
    $self->tell('Emulation.setEmulatedMedia', { features => [ { name => 'prefers-color-scheme', value => $o{scheme} } ] });
    $self->_send('Page.navigate', { url => $o{url} // 'https://api.example.com/page' });
    my $asked = $self->_wait('Fetch.requestPaused');
    $self->tell('Fetch.fulfillRequest', {
        requestId => $asked->{requestId}, responseCode => 0 + $r->{status}, body => encode_base64($r->{body}, ''),
        responseHeaders => [ map { { name => $_, value => $r->{headers}{$_} } }
            grep { /^(?:content-(?:type|security-policy)|x-content-type-options|cache-control)$/ } sort keys %{ $r->{headers} } ] });
    $self->_wait('Page.loadEventFired');
    return;
}

# What the browser complains about: blocked by the policy of the page, or asked for from elsewhere.
sub complaints {
    my ($self) = @_;
    $self->evaluate('1');
    # A status of 400 or more is reported as well.
    return grep { !/responded with a status of/ }
        map { $_->{method} eq 'Log.entryAdded' ? $_->{params}{entry}{text}
            : $_->{method} eq 'Fetch.requestPaused' && $_->{params}{request}{url} !~ /favicon/ ? "asks for $_->{params}{request}{url}" : () } @{ $self->{events} };
}

# The value of an expression in the page, once it is there.
sub evaluate {
    my ($self, $expression) = @_;
    my $r = $self->tell('Runtime.evaluate', { expression => $expression, returnByValue => JSON::PP::true, awaitPromise => JSON::PP::true });
    die "in the page: $r->{exceptionDetails}{exception}{description}\n" if $r->{exceptionDetails};
    return $r->{result}{value};
}

# The page as a PNG: all of it, or from `y` on, so high.
sub picture {
    my ($self, $file, $part) = @_;
    $part //= {};
    my $size = $self->tell('Page.getLayoutMetrics')->{cssContentSize};
    my $png = $self->tell('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true,
        clip => { x => 0, y => $part->{y} // 0, width => $size->{width}, height => $part->{height} // $size->{height}, scale => 1 } })->{data};
    open(my $out, '>:raw', $file) or die "$file: $!";
    print $out decode_base64($png);
    close $out or die "$file: $!";
    return;
}

1;
