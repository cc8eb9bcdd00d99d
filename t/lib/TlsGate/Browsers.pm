# Real browsers without a window, where they are installed: what they show of a page.
package TlsGate::Browsers;

use strict;
use warnings;

use Exporter 'import';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);
use TlsGate::Httpd;
use TlsGate::Stacks;

our @EXPORT_OK = qw(browsers);

# In seconds, for one page: only ends a test that hangs.
my $PATIENCE = 240;

# A name, the program, and a sub that returns the HTML of a URL.
my @BROWSERS = (
    { name => 'Chromium', program => 'chromium',    shown => \&shown_by_chromium },
    { name => 'Firefox',  program => 'firefox-esr', shown => \&shown_by_firefox },
);

# All of the table; `path` is undef for one that is not installed.
sub browsers { return map { +{ %$_, path => TlsGate::Stacks::in_path($_->{program}) } } @BROWSERS }

# A new profile each time.
sub shown_by_chromium {
    my ($browser, $url) = @_;
    my $profile = tempdir(CLEANUP => 1);
    return scalar `HOME=$profile timeout $PATIENCE $browser->{path} --headless=new --no-sandbox --disable-gpu --no-first-run --user-data-dir=$profile --ignore-certificate-errors --dump-dom '$url' 2>/dev/null`;
}

# --- Firefox prints no page: its Marionette protocol does, messages of JSON with their length before them

my $marionette;

sub shown_by_firefox {
    my ($browser, $url) = @_;
    local $SIG{ALRM} = sub { die "Firefox does not answer\n" };
    alarm $PATIENCE;
    $marionette //= marionette($browser->{path});
    told_to('WebDriver:Navigate', { url => $url });
    my $html = told_to('WebDriver:GetPageSource', {})->{value};
    alarm 0;
    return $html;
}

# Started once for all pages. It asks for no authority of a certificate.
sub marionette {
    my ($program) = @_;
    my $profile = tempdir(CLEANUP => 1);
    my $port = TlsGate::Httpd::free_port();
    open(my $prefs, '>', "$profile/user.js") or die "$profile/user.js: $!";
    print $prefs qq(user_pref("$_->[0]", $_->[1]);\n) for [ 'marionette.port', $port ], [ 'network.proxy.type', 0 ],
        [ 'network.captive-portal-service.enabled', 'false' ], [ 'network.connectivity-service.enabled', 'false' ];
    close $prefs;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open($_, '>', '/dev/null') for *STDOUT, *STDERR;
        $ENV{HOME} = $profile;
        { exec $program, '--headless', '--no-remote', '--marionette', '--profile', $profile }
        POSIX::_exit(127);
    }
    $marionette = { pid => $pid, owner => $$, sent => 0 };
    my $socket;
    until ($socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)) { sleep 0.1 }
    $marionette->{socket} = $socket;
    message();    # its greeting
    told_to('WebDriver:NewSession', { acceptInsecureCerts => JSON::PP::true() });
    return $marionette;
}

sub message {
    my $length = '';
    while (read($marionette->{socket}, my $byte, 1)) { last if $byte eq ':'; $length .= $byte }
    read($marionette->{socket}, my $text, $length || die "Firefox has ended\n") == $length or die "Firefox has ended\n";
    return decode_json($text);
}

sub told_to {
    my ($command, $parameters) = @_;
    my $text = encode_json([ 0, ++$marionette->{sent}, $command, $parameters ]);
    print { $marionette->{socket} } length($text), ":$text";
    $marionette->{socket}->flush;
    my (undef, undef, $error, $result) = @{ message() };
    return $error ? { value => "$error->{error}: $error->{message}" } : $result;
}

END {
    local ($?, $!, $@);
    if ($marionette && $marionette->{owner} == $$) {
        kill TERM => $marionette->{pid};
        waitpid($marionette->{pid}, 0);
    }
}

1;
