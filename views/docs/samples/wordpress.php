add_action( 'wp_footer', function () {
	?>
	<script>
	  window.supportConfig = { token: 'YOUR_TOKEN', position: 'bottom-right' };
	</script>
	<script src="https://chat.example.com/support-widget.js" async></script>
	<?php
} );